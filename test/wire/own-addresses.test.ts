/** Row C7 of the field report: our own addresses in whatever spelling, and handshakes elsewhere. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { parseMetrics } from "../helpers/prometheus.ts";
import { exchange, field, request, type RawResponse } from "../helpers/raw-http.ts";
import { formatHandshake, OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const { tree, server } = useTestServer(
  { "index.html": "the index", "a b.txt": "a b", "dir/c.txt": "c" },
  { metrics: true },
);

describe("C7 our own addresses are decoded, and one slash at the end is forgiven", () => {
  test.each([
    ["/rest", 200],
    ["/rest/", 200],
    ["/re%73t", 200],
    ["/%72%65%73%74/?x=/y/", 200],
    ["//rest/", 200],
    ["/websocket/", 426],
    ["/%77ebsocket", 426],
    ["/websocke%74/?delay=1", 426],
    ["/.meerkat/health/", 200],
    ["/%2emeerkat/health", 200],
    ["/.meerkat/he%61lth/", 200],
    ["/.meerkat/metrics/", 200],
    ["/.meerkat/m%65trics", 200],
    ["/.meerkat/index.css/", 200],
    ["/.meerkat/index%2Ecss", 200],
    ["/.meerkat/workbench/m%61in.js", 200],
    ["/test%2Ehtml", 200],
    ["/favicon%2Eico", 200],
    ["/favicon.svg/", 200],
    // A slash that is encoded is a part of a name; more than one is a name that is empty.
    ["/rest%2f", 404],
    ["/rest%2F/", 404],
    ["/.meerkat%2fhealth", 404],
    ["/rest//", 404],
    ["/.meerkat//health", 404],
    ["/%2572est", 404],
    ["/rest%00", 400],
    ["/rest%zz", 400],
    ["/rest%ff/", 400],
    ["/REST", 404],
    ["/rest/x", 404],
    ["/rest./", 404],
  ])("%s: %i", async (target, status) => {
    const response = await request(server.port, "GET", target);
    expect(response.status).toBe(status);
    const host = "GET / HTTP/1.0\r\n\r\n".replace("/", target);
    // Without a Host field Bun leaves the target as it was sent.
    expect((await exchange(server.port, host)).responses[0]?.status).toBe(status);
  });

  test.each(["/websocket/", "/%77ebsocket", "//websocket/", "/websocke%74/?greet=hi"])(
    "%s opens a WebSocket",
    async (target) => {
      using socket = await RawWebSocket.open(server.port, target);
      socket.send(OPCODE.text, "hi");
      expect((await socket.receive())?.payload.toString()).toBe("hi");
    },
  );

  test.each(["/test.html/", "/test%2Ehtml/"])(
    "%s leads to the page, whose references hold without the slash",
    async (target) => {
      const response = await request(server.port, "GET", `${target}?url=a`);
      expect(response.status).toBe(301);
      const location = field(response, "location") ?? "";
      const there = new URL(location, `http://h/prefix${target}?url=a`);
      expect(there.href).toBe("http://h/prefix/test.html?url=a");
    },
  );

  test("the methods of an address are the same in every spelling", async () => {
    for (const target of ["/rest", "/rest/", "/re%73t"]) {
      expect((await request(server.port, "POST", target)).status).toBe(405);
      expect((await request(server.port, "HEAD", target)).status).toBe(200);
    }
  });

  test("other addresses keep their slash: a directory has one, and a file has none", async () => {
    const targets = ["/dir", "/dir/", "/a%20b.txt", "/a%20b.txt/"];
    const all = targets.map((target) => request(server.port, "GET", target));
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual([301, 200, 200, 404]);
  });

  test("a directory of that name is there with a slash, as a listing links to it", async () => {
    using own = makeTree({ "rest/a.txt": "", "websocket/b.txt": "", ".meerkat/health/c.txt": "" });
    await using beside = startTestServer({ directory: own.path, hidden: true });
    const get = async (target: string) =>
      (await request(beside.port, "GET", target)).body.toString();
    expect(await get("/rest/")).toContain("a.txt");
    expect(await get("/%72est/")).toContain("a.txt");
    expect(await get("/rest")).toBe('{"result":123}\n');
    expect(await get("/websocket/")).toContain("b.txt");
    expect(await get("/.meerkat/health/")).toBe("ok\n");
    using socket = await RawWebSocket.open(beside.port, "/websocket/");
    socket.send(OPCODE.text, "hi");
    expect((await socket.receive())?.payload.toString()).toBe("hi");
  });

  test("the metrics count them as what they are", async () => {
    using own = makeTree();
    await using counted = startTestServer({ directory: own.path, metrics: true });
    for (const target of ["/rest", "/rest/", "/re%73t?x", "//rest", "/rest%2f"]) {
      await request(counted.port, "GET", target);
    }
    const { body } = await request(counted.port, "GET", "/.meerkat/metrics/");
    const { samples } = parseMetrics(body.toString()).get("meerkat_requests_total") ?? {};
    expect(samples?.get('meerkat_requests_total{route="/rest",status="200"}')).toBe(4);
    expect(samples?.get('meerkat_requests_total{route="files",status="404"}')).toBe(1);
  });
});

async function shake(target: string, fields: Record<string, string> = {}): Promise<RawResponse> {
  const { responses } = await exchange(server.port, formatHandshake(target, fields));
  const [response] = responses;
  if (response === undefined) throw new Error(`no answer to a handshake at ${target}`);
  return response;
}

describe("C7 a handshake at another address is 404 and names /websocket", () => {
  test.each(["/", "/ws", "/dir/", "/dir", "/a%20b.txt", "/rest", "/websocket/x", "/websocket%2f"])(
    "%s",
    async (target) => {
      const response = await shake(target);
      expect(response.status).toBe(404);
      expect(response.body.toString()).toBe(
        "404 Not Found\nThere is no WebSocket at this address. Connect to /websocket instead.\n",
      );
    },
  );

  test.each(["/test.html", "/favicon.ico", "/.meerkat/health", "/.meerkat/index.css"])(
    "%s",
    async (target) => {
      expect((await shake(target)).status).toBe(404);
    },
  );

  test.each([
    ["text/html", "<p>There is no WebSocket at this address. Connect to /websocket instead.</p>"],
    [
      "application/json",
      '"detail":"There is no WebSocket at this address. Connect to /websocket instead."',
    ],
  ])("as %s", async (accept, text) => {
    const response = await shake("/", { Accept: accept });
    expect(response.status).toBe(404);
    expect(response.body.toString()).toContain(text);
  });

  test("also one that is not complete, and one among other options", async () => {
    expect((await shake("/", { "Sec-WebSocket-Key": "" })).status).toBe(404);
    const mixed = { Connection: "keep-alive, UPGRADE", Upgrade: "h2c, WebSocket" };
    expect((await shake("/", mixed)).status).toBe(404);
  });

  test.each([
    [
      "an upgrade to HTTP/2, as curl offers",
      { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c" },
    ],
    ["an Upgrade that Connection does not name", { Connection: "keep-alive" }],
  ])("but not %s, which is an ordinary request", async (_, fields) => {
    const response = await shake("/", fields);
    expect([response.status, response.body.toString()]).toEqual([200, "the index"]);
  });

  test("behind the login, and behind the check of the host", async () => {
    await using guarded = startTestServer({ directory: tree.path, auth: "a:b" });
    const { responses } = await exchange(guarded.port, formatHandshake("/"));
    expect(responses[0]?.status).toBe(401);
    expect((await shake("/", { Host: "evil.example" })).status).toBe(421);
  });
});
