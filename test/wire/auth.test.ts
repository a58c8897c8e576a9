import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { parseConfig, type Config } from "../../src/cli/config.ts";
import { DESKTOP, inEngines } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { answers, portOf, runProgram } from "../helpers/program.ts";
import { exchange, field, request } from "../helpers/raw-http.ts";
import { formatHandshake } from "../helpers/raw-websocket.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const SECRET = "somebody's file";
const RIGHT = `Basic ${Buffer.from("mé:pass:word").toString("base64")}`;
const WRONG = `Basic ${Buffer.from("mé:pass").toString("base64")}`;
const CHALLENGE = 'Basic realm="meerkat", charset="UTF-8"';

const { tree, server } = useTestServer(
  { "file.txt": SECRET, "large.bin": Buffer.alloc(2 << 20), "dir/file": "" },
  { auth: "mé:pass:word", metrics: true, log: "json", maxAgeSeconds: 60 },
);

const TARGETS = [
  ["/", 200],
  ["/file.txt", 200],
  ["/large.bin", 200],
  ["/dir", 301],
  ["/nothing", 404],
  ["/%zz", 400],
  ["/rest", 200],
  ["/websocket", 426],
  ["/test.html", 200],
  ["/favicon.ico", 200],
  ["/.meerkat/index.css", 200],
  ["/.meerkat/metrics", 200],
  ["/.meerkat/health%2f", 404],
  ["/.meerkat//health", 404],
] as const;

function parseRun(...argv: string[]): Config {
  const result = parseConfig(argv, {});
  if (result.kind !== "run") throw new Error(`it is ${result.kind}`);
  return result.config;
}

describe("--auth", () => {
  test.each(TARGETS)("%s is 401 without the password, and %i with it", async (target, status) => {
    for (const fields of [{}, { Authorization: WRONG }]) {
      const refused = await request(server.port, "GET", target, fields);
      expect(refused.status).toBe(401);
      expect(field(refused, "www-authenticate")).toBe(CHALLENGE);
      expect(refused.body.toString()).toStartWith("401 Unauthorized\n");
    }
    const response = await request(server.port, "GET", target, { Authorization: RIGHT });
    expect(response.status).toBe(status);
    expect(field(response, "www-authenticate")).toBeUndefined();
  });

  test.each(["HEAD", "OPTIONS", "POST", "DELETE"])("%s is 401 without it", async (method) => {
    expect((await request(server.port, method, "/file.txt")).status).toBe(401);
  });

  test("a preflight, which never has the password, is answered only with --cors (Fetch §4.8)", async () => {
    const preflight = {
      Origin: "http://x.example",
      "Access-Control-Request-Method": "GET",
      "Access-Control-Request-Headers": "authorization",
    };
    expect((await request(server.port, "OPTIONS", "/file.txt", preflight)).status).toBe(401);
    const { headers } = parseRun("--cors");
    await using open = startTestServer({
      directory: tree.path,
      auth: "mé:pass:word",
      headers,
      cors: true,
    });
    for (const target of ["/file.txt", "/nothing", "/rest"]) {
      const response = await request(open.port, "OPTIONS", target, preflight);
      expect(response.status).toBe(204);
      expect(response.body.length).toBe(0);
      expect(field(response, "access-control-allow-headers")).toBe("*, Authorization");
      for (const method of ["GET", "OPTIONS"]) {
        expect((await request(open.port, method, target)).status).toBe(401);
      }
    }
  });

  test("does not say whether a file has changed", async () => {
    const conditional = { "If-None-Match": "*", Range: "bytes=0-0" };
    expect((await request(server.port, "GET", "/file.txt", conditional)).status).toBe(401);
  });

  test("two fields are none", async () => {
    const bytes = `GET /file.txt HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${WRONG}\r\nAuthorization: ${RIGHT}\r\n\r\n`;
    expect((await exchange(server.port, bytes)).responses[0]?.status).toBe(401);
  });

  test("/.meerkat/health is for everybody", async () => {
    for (const target of [
      "/.meerkat/health",
      "/.meerkat/health?x",
      "//.meerkat/health",
      "/.meerkat/health/",
      "/%2emeerkat/he%61lth",
    ]) {
      expect((await request(server.port, "GET", target)).status).toBe(200);
    }
  });

  test("no WebSocket opens without it", async () => {
    const statusWith = async (fields: Record<string, string>) =>
      (await exchange(server.port, formatHandshake("/websocket", fields))).responses[0]?.status;
    expect(await statusWith({})).toBe(401);
    expect(await statusWith({ Authorization: WRONG })).toBe(401);
    expect(await statusWith({ Authorization: RIGHT })).toBe(101);
  });

  test("another host's name is refused before", async () => {
    const response = await request(server.port, "GET", "/file.txt", { Host: "evil.example" });
    expect(response.status).toBe(421);
  });

  test("no cache that others share keeps what it protects (RFC 9111 §3.5)", async () => {
    const response = await request(server.port, "GET", "/file.txt", { Authorization: RIGHT });
    expect(field(response, "cache-control")).toBe("private, max-age=60");
  });

  test("is never logged", async () => {
    await request(server.port, "GET", "/rest", { Authorization: RIGHT });
    const log = [...server.logged(), ...server.errors].join("\n");
    expect(log).toContain('"status":401');
    for (const secret of ["pass", RIGHT.slice(6), WRONG.slice(6)])
      expect(log).not.toContain(secret);
  });
});

inEngines(({ engine, open }) => {
  // WebKitGTK sends no password with the handshake of a WebSocket.
  test.skipIf(engine.name === "WebKit")(
    "a page loads its assets and opens its WebSocket with the password it was got with",
    async () => {
      await using page = await open(DESKTOP);
      const host = `127.0.0.1:${server.port}`;
      await page.goto(`http://m%C3%A9:pass%3Aword@${host}/test.html`);
      const outcome = await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket("ws://${host}/websocket");
      socket.onopen = () => socket.send("hello");
      socket.onmessage = ({ data }) => resolve(data);
      socket.onclose = ({ code }) => resolve(code);
    })`);
      expect(outcome).toBe("hello");
      expect(await page.complaints()).toEqual([]);
    },
  );
});

describe("on the command line, --auth", () => {
  const NETWORK = ["--host", "0.0.0.0", "--port", "0"];
  const warningOf = async (args: readonly string[]) => {
    const env = { MEERKAT_AUTH: "me:secret" };
    await using program = runProgram(args, { cwd: tree.path, env });
    const port = portOf(await program.printed("REST"));
    expect(await answers(port)).toBe(false);
    const target = "/file.txt";
    const fields = { Authorization: `Basic ${Buffer.from("me:secret").toString("base64")}` };
    expect((await request(port, "GET", target, fields)).body.toString()).toBe(SECRET);
    program.signal("SIGINT");
    const { stdout, stderr } = await program.ended;
    expect(stdout + stderr).not.toContain("secret");
    return stderr;
  };

  test("warns where others can listen in", async () => {
    expect(await warningOf(NETWORK)).toStartWith("meerkat: --auth without TLS: ");
  });

  test("does not where they cannot", async () => {
    expect(await warningOf(["--port", "0"])).toBe("");
  });

  test.each(["secret", ":secret"])("%s is refused without being shown", async (value) => {
    const { exitCode, stderr } = await runProgram(["--auth", value]).ended;
    expect(stderr).toBe("meerkat: --auth: write it as user:password\n");
    expect(exitCode).toBe(2);
  });
});
