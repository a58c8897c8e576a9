import { hostname } from "node:os";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { exchange, field, request } from "../helpers/raw-http.ts";
import { formatHandshake } from "../helpers/raw-websocket.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { ANY_CERTIFICATE, SCHEME } from "../helpers/transport.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const SECRET = "somebody's file";

const { tree, server } = useTestServer({ "file.txt": SECRET }, { allowHosts: ["files.example"] });

async function statusOf(bytes: string): Promise<number | undefined> {
  const { responses } = await exchange(server.port, bytes);
  const [response] = responses;
  if (response?.status !== 200) expect(response?.body.toString()).not.toContain(SECRET);
  return response?.status;
}

describe("the Host field over the wire", () => {
  test.each([
    ["none, in HTTP/1.1 (RFC 9112 §3.2)", "GET /file.txt HTTP/1.1\r\n\r\n", 400],
    ["none, in HTTP/1.0", "GET /file.txt HTTP/1.0\r\n\r\n", 200],
    [
      "two (RFC 9112 §3.2)",
      "GET /file.txt HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
      400,
    ],
    ["empty", "GET /file.txt HTTP/1.1\r\nHost:\r\n\r\n", 400],
    ["a path", "GET /file.txt HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
    ["a user", "GET /file.txt HTTP/1.1\r\nHost: a@localhost\r\n\r\n", 400],
    ["an impossible port", "GET /file.txt HTTP/1.1\r\nHost: localhost:99999\r\n\r\n", 400],
    ["localhost", "GET /file.txt HTTP/1.1\r\nHost: localhost:1\r\n\r\n", 200],
    ["an address", "GET /file.txt HTTP/1.1\r\nHost: [::1]\r\n\r\n", 200],
    ["a name that was given", "GET /file.txt HTTP/1.1\r\nHost: files.example\r\n\r\n", 200],
    [
      "another name (RFC 9110 §15.5.20)",
      "GET /file.txt HTTP/1.1\r\nHost: evil.example\r\n\r\n",
      421,
    ],
    // RFC 9112 §3.2.2 has the authority of an absolute form count instead of Host, but Bun drops it.
    [
      "another name, with ours in absolute form",
      "GET http://localhost/file.txt HTTP/1.1\r\nHost: evil.example\r\n\r\n",
      421,
    ],
    [
      "ours, with another name in absolute form",
      "GET http://evil.example/file.txt HTTP/1.1\r\nHost: localhost\r\n\r\n",
      200,
    ],
    ["empty, in HTTP/1.0", "GET /file.txt HTTP/1.0\r\nHost:\r\n\r\n", 400],
    ["two, in HTTP/1.0", "GET /file.txt HTTP/1.0\r\nHost: localhost\r\nHost: ::1\r\n\r\n", 400],
    ["another name, in HTTP/1.0", "GET /file.txt HTTP/1.0\r\nHost: evil.example\r\n\r\n", 421],
  ])("%s", async (_what, bytes, status) => {
    expect(await statusOf(bytes)).toBe(status);
  });

  test.each(["/", "/rest", "/test.html", "/.meerkat/index/main.js", "/nothing"])(
    "421 holds for %s too",
    async (target) => {
      const response = await request(server.port, "GET", target, { Host: "evil.example" });
      expect(response.status).toBe(421);
    },
  );

  test.each([
    ["text/html", "text/html; charset=utf-8"],
    ["application/json", "application/problem+json"],
    ["*/*", "text/plain; charset=utf-8"],
  ])("A12 421 as %s says what to start it with", async (accept, type) => {
    const adviceFor = async (host: string) => {
      const response = await request(server.port, "GET", "/a/b", { Host: host, Accept: accept });
      expect(response.status).toBe(421);
      expect(field(response, "content-type")).toBe(type);
      return response.body.toString();
    };
    expect(await adviceFor("X.ngrok-free.app:443")).toContain(
      "Start it with --allow-host x.ngrok-free.app to accept it.",
    );
    for (const host of ["x;reboot", "$(reboot)", "'x'", "--help", "*", "a&b"]) {
      const advice = await adviceFor(host);
      expect(advice).toContain("Start it with --allow-host NAME to accept");
      expect(advice).not.toContain(host);
    }
  });

  test("A12 the error log names what to start it with, once", async () => {
    await using strict = startTestServer({ directory: tree.path });
    for (const host of ["x.example", "x.example:8000", "X.Example", "$(reboot)", "localhost"]) {
      await request(strict.port, "GET", "/", { Host: host });
    }
    expect(strict.errors).toEqual([
      "refused a request for another host name; to accept it, start with --allow-host x.example",
      "refused a request for another host name; to accept it, start with --allow-host NAME",
    ]);
  });

  test("no WebSocket opens under another name", async () => {
    expect(await statusOf(formatHandshake("/websocket", { Host: "evil.example" }))).toBe(421);
    expect(await statusOf(formatHandshake("/websocket", { Host: "localhost" }))).toBe(101);
  });

  test("bound beyond loopback, every name is answered unless some are named", async () => {
    await using open = startTestServer({ directory: tree.path, host: "0.0.0.0" });
    const fields = { Host: "anything.example" };
    expect((await request(open.port, "GET", "/file.txt", fields)).status).toBe(200);
    const named = { directory: tree.path, host: "0.0.0.0", allowHosts: ["files.example"] };
    await using strict = startTestServer(named);
    expect((await request(strict.port, "GET", "/file.txt", fields)).status).toBe(421);
  });

  // All of these are 127.0.0.1 or ::1 to the system, so all of them are in reach of a rebound name.
  test.each([
    ["localhost", "127.0.0.1"],
    ["localhost", "[::1]"],
    ["LOCALHOST", "127.0.0.1"],
    ["localhost.", "[::1]"],
    ["app.localhost", "127.0.0.1"],
    ["127.1", "127.0.0.1"],
    ["127.8.8.8", "127.8.8.8"],
    ["0x7f.1", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["0:0:0:0:0:0:0:1", "[::1]"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::ffff:7f00:1", "127.0.0.1"],
  ])("--host %s is loopback at %s, where other names are refused", async (host, address) => {
    await using loopback = startTestServer({ directory: tree.path, host });
    const statusFor = async (name: string) => {
      const url = `${SCHEME}://${address}:${loopback.port}/file.txt`;
      return (await fetch(url, { headers: { Host: name }, tls: ANY_CERTIFICATE })).status;
    };
    expect(await statusFor("evil.example")).toBe(421);
    expect(await statusFor("localhost")).toBe(200);
  });

  test("the name it was told to listen on is answered", async () => {
    const host = hostname();
    await using own = startTestServer({ directory: tree.path, host });
    const response = await fetch(`${SCHEME}://${host}:${own.port}/file.txt`, {
      tls: ANY_CERTIFICATE,
    });
    expect(response.status).toBe(200);
  });
});
