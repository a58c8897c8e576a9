import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  openSync,
  closeSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { connect } from "node:http2";
import { resolve } from "node:path";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { formatRequest, HeadReader, request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { ANY_CERTIFICATE, connectTo, type Place } from "../helpers/transport.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const MEBIBYTE = 1024 * 1024;
/** Far more than the kernel takes from us for a client that does not read. */
const FILE_BYTES = 32 * MEBIBYTE;

const { tree, server } = useTestServer();

/** A file of zeros that no other test has. */
function makeLarge(): { readonly name: string; readonly path: string } {
  const name = `large-${++count}.bin`;
  const path = tree.at(name);
  writeFileSync(path, "");
  truncateSync(path, FILE_BYTES);
  return { name, path };
}
let count = 0;

/** What a client got until its answer was whole or the server closed the connection. */
interface Download {
  readonly isWhole: boolean;
  readonly status: string;
}

/** Downloads a file, and does something to it when the first bytes are there. */
function download(
  place: Place,
  name: string,
  act: () => void | Promise<void>,
  fields: Readonly<Record<string, string>> = {},
): Promise<Download> {
  const { promise, resolve, reject } = Promise.withResolvers<Download>();
  const socket = connectTo(place);
  const reader = new HeadReader();
  let status = "";
  let received = 0;
  let expected = 0;
  socket.on("data", (data) => {
    const chunk = data as Buffer; // bytes, as no encoding is set
    received += chunk.length;
    if (expected === 0) {
      const head = reader.take(chunk)?.head.toString("latin1");
      if (head === undefined) return;
      status = /^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? "";
      expected = head.length + Number(/^content-length: (\d+)/im.exec(head)?.[1]);
      void act();
    }
    if (received >= expected) socket.destroy();
  });
  socket.on("close", () => resolve({ isWhole: received === expected, status }));
  socket.on("error", reject);
  socket.write(formatRequest("GET", `/${name}`, fields));
  return promise;
}

/** Lets the server send what there is: it does between these requests, and is done long before the last. */
async function meetTheEnd(): Promise<void> {
  for (let round = 0; round < 50; round++) await request(server.port, "GET", "/rest");
}

/** Replaces the content as `cp` does. */
function copyOver(path: string, bytes: number): void {
  writeFileSync(path, "");
  truncateSync(path, bytes);
}

describe("A7 a file that shrinks while it is sent ends the connection", () => {
  // At the same time, as the server looks at what it sends once in a second.
  test.concurrent.each([
    ["cut short", "200", {}, (path: string) => truncateSync(path, 1000)],
    ["emptied", "200", {}, (path: string) => truncateSync(path, 0)],
    ["cut short", "206", { Range: "bytes=1-" }, (path: string) => truncateSync(path, 1000)],
    [
      "cut short behind the start of the part",
      "206",
      { Range: `bytes=${FILE_BYTES / 2}-` },
      (path: string) => truncateSync(path, FILE_BYTES / 2 + MEBIBYTE),
    ],
    ["cut by one byte", "200", {}, (path: string) => truncateSync(path, FILE_BYTES - 1)],
    [
      "cut short and removed",
      "200",
      {},
      (path: string) => {
        truncateSync(path, 1000);
        unlinkSync(path);
      },
    ],
  ])("%s: %s %j", async (_what, status, fields, change) => {
    const { name, path } = makeLarge();
    const got = await download(server.port, name, () => change(path), fields);
    expect(got).toEqual({ isWhole: false, status });
  });

  test("also where the file is as long as before by the time one looks", async () => {
    const { name, path } = makeLarge();
    const got = await download(server.port, name, async () => {
      truncateSync(path, 1000);
      await meetTheEnd();
      copyOver(path, FILE_BYTES);
    });
    expect(got).toEqual({ isWhole: false, status: "200" });
  });

  test("one of two that ask for the same file, and the connection of another file lives on", async () => {
    const shrinking = makeLarge();
    const other = makeLarge();
    const results = await Promise.all([
      download(server.port, shrinking.name, () => truncateSync(shrinking.path, 1000)),
      download(server.port, shrinking.name, () => undefined),
      download(server.port, other.name, () => undefined),
    ]);
    expect(results.map(({ isWhole }) => isWhole)).toEqual([false, false, true]);
  });

  test("over a Unix socket, which has no addresses: its large answers are the last", async () => {
    const path = resolve(tree.path, "meerkat.sock");
    await using unix = startTestServer({ directory: tree.path, unix: path, tls: { kind: "off" } });
    expect(unix.errors).toEqual([]);
    const { name, path: file } = makeLarge();
    const got = await download(path, name, () => truncateSync(file, 1000));
    expect(got).toEqual({ isWhole: false, status: "200" });
  });

  // It is shorter than its Content-Length then, which no client may take for whole (RFC 9113 §8.1.1).
  test("over HTTP/2 the stream alone, at once", async () => {
    const tls = { kind: "own", ca: undefined, http2: true } as const;
    await using secure = startTestServer({ directory: tree.path, tls });
    const session = connect(`https://127.0.0.1:${secure.port}`, ANY_CERTIFICATE);
    const { name, path } = makeLarge();
    const stream = session.request({ ":path": `/${name}` });
    let received = 0;
    stream.once("data", () => truncateSync(path, 1000));
    stream.on("data", (chunk: Buffer) => (received += chunk.length));
    await new Promise((resolve) => stream.once("close", resolve).once("error", resolve));
    expect(received).toBeLessThan(FILE_BYTES);
    const next = session.request({ ":path": "/rest" });
    await new Promise((resolve) => next.once("response", resolve));
    session.destroy();
  });
});

describe("A7 a download stays whole where the file", () => {
  test.each([
    ["grows", (path: string) => appendFileSync(path, "more")],
    ["is touched", (path: string) => utimesSync(path, 1, 1)],
    [
      "is replaced by rename",
      (path: string) => {
        writeFileSync(`${path}.new`, "new");
        renameSync(`${path}.new`, path);
      },
    ],
    ["is removed", (path: string) => unlinkSync(path)],
    [
      "is overwritten in place",
      (path: string) => {
        const descriptor = openSync(path, "r+");
        writeSync(descriptor, Buffer.alloc(FILE_BYTES + 1, "x"));
        closeSync(descriptor);
      },
    ],
  ])("%s", async (_what, change) => {
    const { name, path } = makeLarge();
    const got = await download(server.port, name, () => change(path));
    expect(got).toEqual({ isWhole: true, status: "200" });
  });
});
