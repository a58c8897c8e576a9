import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { parseConfig, type Config } from "../../src/cli/config.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { field, fieldValues, request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

const tree = useTree({
  "index.html": "<p>app</p>",
  "app.js": "run()",
  "style.css": "a{}".repeat(100),
  "big.bin": Buffer.alloc(2 << 20),
});

/** A server with the options as they are given on the command line. */
function startWith(...argv: string[]) {
  const result = parseConfig(argv, {});
  if (result.kind !== "run") throw new Error(`it is ${result.kind}`);
  const { host: _host, port: _port, tls: _tls, ...options }: Config = result.config;
  return startTestServer({ ...options, directory: tree.path });
}

describe("--max-age", () => {
  test.each(["/app.js", "/big.bin", "/"])(
    "lets %s be used without asking (RFC 9111 §5.2.2)",
    async (target) => {
      await using server = startWith("--max-age", "3600");
      const response = await request(server.port, "GET", target);
      expect(field(response, "cache-control")).toBe("public, max-age=3600");
      const etag = field(response, "etag") ?? "";
      const same = await request(server.port, "GET", target, { "If-None-Match": etag });
      expect(same.status).toBe(304);
      expect(field(same, "cache-control")).toBe("public, max-age=3600");
    },
  );

  test("does not apply to errors", async () => {
    await using server = startWith("--max-age", "3600");
    const response = await request(server.port, "GET", "/nothing");
    expect(field(response, "cache-control")).toBe("no-store");
  });
});

describe("--header", () => {
  test.each(["/app.js", "/big.bin", "/nothing", "/rest", "/.meerkat/index.css"])(
    "is sent once with the answer to %s, in place of ours",
    async (target) => {
      await using server = startWith(
        "--header",
        "X-Team: meerkats",
        "--header",
        "Cache-Control: x",
      );
      for (const method of ["GET", "HEAD"]) {
        const response = await request(server.port, method, target);
        expect(field(response, "x-team")).toBe("meerkats");
        expect(field(response, "cache-control")).toBe("x");
      }
    },
  );
});

describe("--header, given several times by one name,", () => {
  test("is sent as often (RFC 9110 §5.3, RFC 6265 §3)", async () => {
    await using server = startWith(
      ...["--header", "Set-Cookie: a=1", "--header", "set-cookie: b=2"],
      ...["--header", "Link: </a>", "--header", "Link: </b>"],
    );
    const response = await request(server.port, "GET", "/app.js");
    expect(fieldValues(response, "set-cookie")).toEqual(["a=1", "b=2"]);
    expect(fieldValues(response, "link").join(", ")).toBe("</a>, </b>");
  });

  test("takes the place of what --cors says by that name", async () => {
    await using server = startWith(
      "--cors",
      "--header",
      "access-control-allow-origin: http://a.example",
    );
    const response = await request(server.port, "GET", "/app.js");
    expect(fieldValues(response, "access-control-allow-origin")).toEqual(["http://a.example"]);
  });
});

test("--header Vary comes beside ours, so that no cache mixes what we choose from (RFC 9110 §12.5.5)", async () => {
  await using server = startWith("--header", "Vary: Origin");
  for (const target of ["/style.css", "/nothing"]) {
    const response = await request(server.port, "GET", target);
    expect(field(response, "vary")).toMatch(/Accept.*, Origin$/);
  }
  expect(field(await request(server.port, "GET", "/rest"), "vary")).toBe("Origin");
});

describe("--cors", () => {
  test("lets any site read, and answers a preflight (Fetch §4.8)", async () => {
    await using server = startWith("--cors");
    const response = await request(server.port, "GET", "/app.js", { Origin: "http://x.example" });
    expect(field(response, "access-control-allow-origin")).toBe("*");
    const preflight = await request(server.port, "OPTIONS", "/app.js", {
      Origin: "http://x.example",
      "Access-Control-Request-Method": "GET",
    });
    expect(preflight.status).toBe(204);
    expect(field(preflight, "access-control-allow-methods")).toContain("GET");
  });

  test("is off unless asked for", async () => {
    await using server = startWith();
    const response = await request(server.port, "GET", "/app.js");
    expect(field(response, "access-control-allow-origin")).toBeUndefined();
  });
});

test("--coi isolates pages (HTML §7.1.3)", async () => {
  await using server = startWith("--coi");
  const response = await request(server.port, "GET", "/");
  expect(field(response, "cross-origin-opener-policy")).toBe("same-origin");
  expect(field(response, "cross-origin-embedder-policy")).toBe("require-corp");
});

describe("--spa", () => {
  test.each([
    ["/users/42", BROWSER, 200],
    ["/users/42/", BROWSER, 200],
    ["/missing.js", "*/*", 404],
    ["/users/42", "application/json", 404],
    ["/%zz", BROWSER, 400],
    ["/.env", BROWSER, 200],
  ])("%s with Accept: %s is %i", async (target, accept, status) => {
    await using server = startWith("--spa");
    const response = await request(server.port, "GET", target, { Accept: accept });
    expect(response.status).toBe(status);
    if (status === 200) {
      expect(response.body.toString()).toBe("<p>app</p>");
      expect(field(response, "vary")).toContain("Accept");
    }
  });

  test("is off unless asked for", async () => {
    await using server = startWith();
    expect((await request(server.port, "GET", "/users/42", { Accept: BROWSER })).status).toBe(404);
  });
});

describe("--cache-size", () => {
  test.each(["0", "1", "64M"])("%s answers the same", async (size) => {
    await using server = startWith("--cache-size", size);
    for (let round = 0; round < 3; round++) {
      const response = await request(server.port, "GET", "/app.js");
      expect(response.body.toString()).toBe("run()");
      expect(field(response, "content-type")).toBe("text/javascript; charset=utf-8");
    }
  });
});
