import { expect } from "bun:test";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { exchange, field, formatRequest, request } from "../helpers/raw-http.ts";
import { connectTo } from "../helpers/transport.ts";
import { useTree } from "../helpers/use-test-server.ts";
import { serve } from "./bare-server.ts";
import { probe } from "./probe.ts";

const MIB = 1024 * 1024;
const TYPE = { "Content-Type": "application/zip" };

const DATED = { "Last-Modified": "Thu, 29 Feb 2024 12:34:56 GMT" };

const tree = useTree({ "a.zip": "0123456789", "large.bin": Buffer.alloc(2 * MIB) });

/** What the main thread has had the kernel write to files and sockets, but for `send`, in bytes. */
const IO = `/proc/self/task/${process.pid}/io`;
const bytesWritten = () => Number(/^wchar: (\d+)$/m.exec(readFileSync(IO, "latin1"))?.[1]);

probe("range-recut", async () => {
  const file = Bun.file(tree.at("a.zip"));
  const uncut = { ...TYPE, "Content-Range": "bytes 0-9/10" };
  using server = serve(
    ({ url }) => new Response(file, { headers: url.endsWith("/u") ? uncut : TYPE }),
  );
  // Forms that RFC 9110 §14.1.1 does not know, and a field that is sent twice.
  for (const range of ["bytes=1 -2", "bytes =1-2", "bytes=1-2\r\nRange: bytes=3-4"]) {
    const { status, body } = await request(server.port, "GET", "/", { Range: range });
    expect([status, body.toString()]).toEqual([206, "12"]);
    expect((await request(server.port, "GET", "/u", { Range: range })).status).toBe(200);
  }
  // A date, which two states of a file can share.
  const ifRange = { Range: "bytes=1-2", "If-Range": DATED["Last-Modified"] };
  using dated = serve(() => new Response(file, { headers: { ...TYPE, ...DATED } }));
  expect((await request(dated.port, "GET", "/", ifRange)).status).toBe(206);
});

probe("explicit-206", async () => {
  const headers = { ...TYPE, "Content-Range": "bytes 2-4/10", "Accept-Ranges": "bytes" };
  const body = Bun.file(tree.at("a.zip")).slice(2, 5);
  using server = serve(() => new Response(body, { status: 206, headers }));
  const response = await request(server.port, "GET", "/", { Range: "bytes=0-1" });
  expect([response.status, response.body.toString()]).toEqual([206, "234"]);
  expect(field(response, "content-range")).toBe("bytes 2-4/10");
  expect(field(response, "accept-ranges")).toBe("bytes");
});

probe("own-disposition", async () => {
  const file = Bun.file(tree.at("a.zip"));
  const headers = (type: string) => ({ "Content-Type": type });
  using server = serve(
    ({ url }) => new Response(file, { headers: headers(new URL(url).search.slice(1)) }),
  );
  const dispositionOf = async (type: string) =>
    field(await request(server.port, "GET", `/?${type}`), "content-disposition");
  for (const type of ["application/octet-stream", "application/pdf", "model/obj"]) {
    expect(await dispositionOf(type)).toBe('filename="a.zip"');
  }
  const disposition = { ...TYPE, "Content-Disposition": "inline" };
  using other = serve(() => new Response(file, { headers: disposition }));
  const response = await request(other.port, "GET", "/");
  expect(field(response, "content-disposition")).toBe("inline");
  for (const type of ["text/plain", "image/png", "application/json", "application/wasm"]) {
    expect(await dispositionOf(type)).toBeUndefined();
  }
});

probe("head-of-missing", async () => {
  const file = Bun.file(tree.at("missing"));
  using server = serve(() => new Response(file, { headers: TYPE }));
  const response = await request(server.port, "HEAD", "/");
  expect([response.status, field(response, "content-length")]).toEqual([200, "0"]);
});

probe("error-in-turn", async () => {
  const events: string[] = [];
  const fetch = () => {
    events.push("fetch");
    setImmediate(() => events.push("immediate"));
    return new Response(Bun.file(tree.at("missing")));
  };
  const fail = (...args: readonly unknown[]) => {
    const [error] = args;
    events.push(
      `error ${error instanceof Error && "code" in error ? error.code : ""} of ${args.length}`,
    );
    return new Response("recovered", { status: 404 });
  };
  using server = serve(fetch, fail);
  const bytes = formatRequest("GET", "/").repeat(2);
  const { responses } = await exchange(server.port, bytes, ["GET", "GET"]);
  expect(responses.map(({ body }) => body.toString())).toEqual(["recovered", "recovered"]);
  expect(events.slice(0, 4)).toEqual(["fetch", "error ENOENT of 1", "fetch", "error ENOENT of 1"]);
});

probe("opened-in-turn", async () => {
  const path = tree.at("gone");
  const large = Buffer.alloc(2 * MIB);
  using server = serve(
    ({ url }) => {
      writeFileSync(path, large);
      const response = new Response(Bun.file(path));
      if (url.endsWith("/before")) unlinkSync(path);
      else setImmediate(unlinkSync, path);
      return response;
    },
    () => new Response(null, { status: 404 }),
  );
  expect((await request(server.port, "GET", "/before")).status).toBe(404);
  const { status, body } = await request(server.port, "GET", "/after");
  expect([status, body.length]).toEqual([200, large.length]);
  expect(existsSync(path)).toBe(false);
});

probe("file-of-descriptor", async () => {
  const descriptor = openSync(tree.at("a.zip"), "r");
  using server = serve(() => new Response(Bun.file(descriptor).slice(2, 5)));
  const socket = connectTo(server.port);
  socket.write(formatRequest("GET", "/"));
  // Three bytes follow, and a client waits for the others.
  expect(String(await once(socket, "data"))).toContain("content-length: 10\r\n");
  socket.destroy();
  closeSync(descriptor);
});

probe(
  "sendfile",
  async () => {
    writeFileSync(tree.at("below"), Buffer.alloc(MIB - 1));
    writeFileSync(tree.at("from"), Buffer.alloc(MIB));
    using server = serve(({ url }) => new Response(Bun.file(tree.at(new URL(url).pathname))));
    const writtenFor = async (name: string) => {
      const before = bytesWritten();
      await request(server.port, "GET", `/${name}`);
      return bytesWritten() - before;
    };
    expect(await writtenFor("below")).toBeLessThan(MIB / 2);
    expect(await writtenFor("from")).toBeGreaterThanOrEqual(MIB);
  },
  { skip: !existsSync(IO) },
);

probe(
  "sendfile-greedy",
  async () => {
    writeFileSync(tree.at("huge"), Buffer.alloc(16 * MIB));
    const { promise, resolve } = Promise.withResolvers<number>();
    using server = serve(() => {
      const before = bytesWritten();
      setImmediate(() => resolve(bytesWritten() - before));
      return new Response(Bun.file(tree.at("huge")));
    });
    const socket = connectTo(server.port);
    socket.pause();
    socket.write(formatRequest("GET", "/"));
    // nginx goes on to the next connection after 2 MiB: its `sendfile_max_chunk`.
    expect(await promise).toBeGreaterThan(2 * MIB);
    socket.destroy();
  },
  { skip: !existsSync(IO) },
);

probe("types-missing", () => {
  const typeOf = (name: string) => Bun.file(name).type.split(";")[0];
  expect(typeOf("a.ts")).toBe("text/javascript");
  expect(typeOf("a.rs")).toBe("application/rls-services+xml");
  for (const name of ["a.py", "a.go", "a.tgz", "a.zst", "a.jsonl"]) {
    expect(typeOf(name)).toBe("application/octet-stream");
  }
});

/** Serves a sparse file of 32 MiB, far more than the kernel takes for a client that does not read. */
function serveSparse() {
  const bytes = 32 * MIB;
  const path = tree.at("sparse.bin");
  writeFileSync(path, "");
  truncateSync(path, bytes);
  const asked = Promise.withResolvers<Request>();
  const server = serve((request) => {
    if (request.url.endsWith("/small")) return new Response("small");
    asked.resolve(request);
    return new Response(Bun.file(path), { headers: { "Content-Length": String(bytes) } });
  });
  return { ...server, path, bytes, asked: asked.promise };
}

probe("short-file-kept", async () => {
  using sparse = serveSparse();
  const socket = connectTo(sparse.port);
  socket.write(formatRequest("GET", "/"));
  await once(socket, "data");
  socket.pause();
  truncateSync(sparse.path, 1000);
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = 0;
  socket.on("data", (data) => {
    received += data.length;
    if (String(data).endsWith("small")) resolve("answered");
  });
  socket.on("close", () => resolve("closed"));
  socket.resume();
  const asked = await sparse.asked;
  while (sparse.server.requestIP(asked) !== null) await Bun.sleep(1);
  socket.write(formatRequest("GET", "/small"));
  expect(await promise).toBe("answered");
  expect(received).toBeLessThan(sparse.bytes);
  socket.destroy();
});

probe("answered-no-address", async () => {
  using sparse = serveSparse();
  using other = serve(() => new Response());
  const socket = connectTo(sparse.port);
  socket.write(formatRequest("GET", "/"));
  await once(socket, "data");
  socket.pause();
  const asked = await sparse.asked;
  for (const { server } of [sparse, other]) {
    expect(server.requestIP(asked)?.port).toBe(socket.localPort);
  }
  socket.destroy();
  await once(socket, "close");
  while (sparse.server.requestIP(asked) !== null) await Bun.sleep(1);
  expect(other.server.requestIP(asked)).toBeNull();
});
