import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, truncateSync } from "node:fs";
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { memoryMb } from "../helpers/memory.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { ANY_CERTIFICATE } from "../helpers/transport.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const MEBIBYTE = 1024 * 1024;
const FILE_BYTES = 5 * MEBIBYTE;
const SESSIONS = 10;
const DOWNLOADS = 200;
const STALLED = 200;
/** Bun 1.4.5 has enough of it after 8,500. */
const RESETS = 50_000;

/** Every eight bytes tell their place. */
const CONTENT = Buffer.alloc(FILE_BYTES);
for (let index = 0; index < FILE_BYTES; index += 8) CONTENT.writeDoubleLE(index, index);

let tree: Tree;
let program: Program;
let port: number;

beforeAll(async () => {
  tree = makeTree({ "five.bin": CONTENT, "giant.bin": "", "small.txt": "small" });
  truncateSync(tree.at("giant.bin"), 1024 * MEBIBYTE);
  program = runProgram([tree.path, "--port", "0", "--host", "127.0.0.1", "--tls"]);
  port = portOf(await program.printed("SHA-256"));
});

afterAll(async () => {
  await program[Symbol.asyncDispose]();
  tree[Symbol.dispose]();
});

function openSession(): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${port}`, ANY_CERTIFICATE);
  // It reaches the streams that are open as well.
  session.on("error", () => undefined);
  return session;
}

/** Downloads the file and compares every byte with what it has to be; resolves with how many came. */
function download(session: ClientHttp2Session): Promise<number> {
  const stream = session.request({ ":path": "/five.bin" });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let position = 0;
  stream.on("data", (chunk: Buffer) => {
    const wanted = CONTENT.subarray(position, position + chunk.length);
    if (!chunk.equals(wanted)) reject(new Error(`altered after byte ${position}`));
    position += chunk.length;
  });
  stream.on("error", reject);
  stream.on("end", () => resolve(position));
  return promise;
}

async function statusOf(session: ClientHttp2Session, target: string): Promise<number> {
  const stream = session.request({ ":path": target });
  stream.resume();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  stream.on("response", ({ ":status": status }) => resolve(Number(status)));
  stream.on("error", reject);
  return promise;
}

/** Asks for a file and reads nothing of it but the first bytes. */
function stall(session: ClientHttp2Session): Promise<ClientHttp2Stream> {
  const stream = session.request({ ":path": "/giant.bin" });
  const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Stream>();
  stream.once("data", () => resolve(stream.pause()));
  stream.on("error", reject);
  return promise;
}

test(`${STALLED} connections that stall on 1 GiB cost less than 80 MB in all, and hold up nobody`, async () => {
  const idleMb = memoryMb(program.pid, "VmRSS");
  const sessions = Array.from({ length: STALLED }, openSession);
  await Promise.all(sessions.map(stall));
  const other = openSession();
  expect(await statusOf(other, "/small.txt")).toBe(200);
  const stalledMb = memoryMb(program.pid, "VmRSS");
  console.log(`${STALLED} stalled over HTTP/2: ${idleMb} MB idle, ${stalledMb} MB`);
  expect(stalledMb - idleMb).toBeLessThan(80);
  for (const session of [...sessions, other]) session.destroy();
});

test(`${DOWNLOADS} downloads of 5 MiB over ${SESSIONS} connections are exact`, async () => {
  const sessions = Array.from({ length: SESSIONS }, openSession);
  const downloads = sessions.flatMap((session) =>
    Array.from({ length: DOWNLOADS / SESSIONS }, () => download(session)),
  );
  const lengths = await Promise.all(downloads);
  expect(lengths.filter((length) => length !== FILE_BYTES)).toEqual([]);
  for (const session of sessions) session.destroy();
});

test("a stalled download holds up no other on its connection, and leaves no descriptor", async () => {
  const openFiles = () => readdirSync(`/proc/${program.pid}/fd`).length;
  const other = openSession();
  expect(await statusOf(other, "/small.txt")).toBe(200);
  const before = openFiles();
  const session = openSession();
  const stalled = await Promise.all(Array.from({ length: 50 }, () => stall(session)));
  expect(await statusOf(session, "/small.txt")).toBe(200);
  expect(openFiles()).toBeGreaterThan(before + 50);
  for (const stream of stalled) stream.close();
  session.destroy();
  while (openFiles() > before) await statusOf(other, "/small.txt");
  other.destroy();
});

test("who resets one stream after the other is sent away (CVE-2023-44487)", async () => {
  const session = openSession();
  const sentAway = new Promise<number>((resolve) => session.once("goaway", resolve));
  for (let index = 0; index < RESETS && !session.destroyed; index++) {
    const stream = session.request({ ":path": "/giant.bin" });
    stream.on("error", () => undefined);
    setImmediate(() => stream.close(constants.NGHTTP2_CANCEL));
    if (index % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await sentAway).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  const other = openSession();
  expect(await statusOf(other, "/small.txt")).toBe(200);
  other.destroy();
});
