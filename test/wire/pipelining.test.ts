import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { exchange, field, formatRequest, parseResponses, request } from "../helpers/raw-http.ts";
import { connectTo, TRANSPORT } from "../helpers/transport.ts";
import type { Content } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const MEBIBYTE = 1024 * 1024;
const APT = "Debian APT-HTTP/1.3 (2.6.1)";
/** How many requests apt has out at once. */
const DEPTH = 10;

/** The small ones come first: from them a client learns that it may pipeline. */
const PACKAGES = Array.from({ length: 36 }, (_, index) => ({
  name: `${String(index).padStart(2, "0")}.deb`,
  content: Buffer.alloc(index < 12 ? 20_000 : 6 * MEBIBYTE, `package ${index}, `),
}));

const repository: Record<string, Content> = { "pool/": "" };
for (const { name, content } of PACKAGES) repository[name] = content;
const { server } = useTestServer(repository);

/**
 * Fetches as apt does: one request on a new connection; ten at once after an answer that leaves it
 * open. No request is sent twice.
 */
async function fetchAll(names: readonly string[], agent: string): Promise<Map<string, Buffer>> {
  const bodies = new Map<string, Buffer>();
  for (let next = 0; next < names.length;) {
    const taken = await fetchOnOne(names.slice(next), agent);
    if (taken.length === 0) throw new Error(`no answer to ${names[next]}`);
    for (const body of taken) bodies.set(names[next++] ?? "", body);
  }
  return bodies;
}

/** The whole answers of one connection; rejects if it breaks before an answer that is owed. */
function fetchOnOne(names: readonly string[], agent: string): Promise<Buffer[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer[]>();
  const socket = connectTo(server.port);
  const bodies: Buffer[] = [];
  let received: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let chunks: Buffer[] = [];
  let sent = 0;
  let isLast = false;
  const ask = (depth: number) => {
    for (; sent < Math.min(bodies.length + depth, names.length); sent++) {
      socket.write(formatRequest("GET", `/${names[sent]}`, { "User-Agent": agent }));
    }
  };
  socket.on("data", (data) => {
    chunks.push(data as Buffer); // bytes, as no encoding is set
    received = Buffer.concat([received, ...chunks]);
    chunks = [];
    for (;;) {
      const { responses, rest } = parseResponses(received, ["GET"]);
      const [response] = responses;
      if (response === undefined) break;
      received = rest;
      bodies.push(response.body);
      isLast = field(response, "Connection") === "close";
      if (isLast || bodies.length === names.length) return void socket.end(() => resolve(bodies));
    }
    if (bodies.length > 0) ask(DEPTH);
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`closed after ${bodies.length} answers`)));
  ask(1);
  return promise;
}

describe("B3", () => {
  test("a client that pipelines as apt does gets all of 36 packages, 24 of 6 MB", async () => {
    const bodies = await fetchAll(
      PACKAGES.map(({ name }) => name),
      APT,
    );
    const broken = PACKAGES.filter(({ name, content }) => !bodies.get(name)?.equals(content));
    expect(broken.map(({ name }) => name)).toEqual([]);
    expect(bodies.size).toBe(PACKAGES.length);
  });

  test.each([
    ["GET", "/00.deb", {}, 200],
    ["HEAD", "/00.deb", {}, 200],
    ["GET", "/35.deb", {}, 200],
    ["HEAD", "/35.deb", {}, 200],
    ["GET", "/00.deb", { Range: "bytes=0-1" }, 206],
    ["GET", "/35.deb", { Range: "bytes=1-" }, 206],
    ["GET", "/35.deb", { Range: "bytes=0-1,5-9" }, 206],
    ["GET", "/35.deb", { Range: "bytes=99999999-" }, 416],
    ["GET", "/00.deb", { "If-None-Match": "*" }, 304],
    ["GET", "/35.deb", { "If-None-Match": "*" }, 304],
    ["GET", "/35.deb", { "If-Match": '"other"' }, 412],
    ["GET", "/", {}, 200],
    ["GET", "/pool", {}, 301],
    ["GET", "/InRelease", {}, 404],
    ["POST", "/00.deb", {}, 405],
  ])("%s %s %j is the last of its connection for apt, and for no other", async (...row) => {
    const [method, target, fields, status] = row;
    const ask = (agent: string) =>
      request(server.port, method, target, { "User-Agent": agent, ...fields });
    const forApt = await ask(APT);
    expect(forApt.status).toBe(status);
    // HTTP/2 has no such field.
    expect(field(forApt, "Connection")).toBe(TRANSPORT === "http2" ? undefined : "close");
    expect(field(await ask("curl/8.14.1"), "Connection")).toBeUndefined();
  });

  test("other clients may pipeline what is small", async () => {
    const names = PACKAGES.slice(0, 12).map(({ name }) => name);
    const requests = names.map((name) => formatRequest("GET", `/${name}`)).join("");
    const methods = names.map(() => "GET");
    const { responses, closed } = await exchange(server.port, requests, methods);
    expect(responses.map(({ body }) => body.length)).toEqual(names.map(() => 20_000));
    expect(closed).toBeFalse();
  });
});
