import { describe, expect, test } from "bun:test";
import type { Environment } from "../../src/cli/environment.ts";
import { parseConfig, type Config } from "../../src/cli/config.ts";

const DEFAULTS: Config = {
  directory: ".",
  host: "localhost",
  port: 8000,
  isDefaultPort: true,
  tls: { kind: "off" },
  unix: undefined,
  hidden: false,
  index: true,
  spa: false,
  maxAgeSeconds: undefined,
  cacheBytes: 64 * 1024 * 1024,
  headers: [],
  cors: false,
  allowHosts: [],
  allowOrigins: [],
  maxMessageBytes: 16 * 1024 ** 2,
  maxConnections: undefined,
  workers: 1,
  deflate: true,
  stallSeconds: 60,
  lingerSeconds: 1,
  drainSeconds: 10,
  auth: undefined,
  log: "off",
  trustProxy: false,
  metrics: false,
  open: false,
  quiet: false,
};

type Row = readonly [argv: readonly string[], env: Environment, config: Partial<Config>];

describe("parseConfig() reads", () => {
  const ROWS: readonly Row[] = [
    [[], {}, {}],
    [["docs"], {}, { directory: "docs" }],
    [["--", "-docs"], {}, { directory: "-docs" }],
    [["-p", "9000"], {}, { port: 9000, isDefaultPort: false }],
    [["-p9000"], {}, { port: 9000, isDefaultPort: false }],
    [["--port=9000", "docs"], {}, { port: 9000, isDefaultPort: false, directory: "docs" }],
    [["-p", "1", "-p", "2"], {}, { port: 2, isDefaultPort: false }],
    [["--port", "8000"], {}, { isDefaultPort: false }],
    [["--port", "0"], {}, { port: 0, isDefaultPort: false }],
    [["--port", "65535"], {}, { port: 65535, isDefaultPort: false }],
    [["-qp", "1"], {}, { quiet: true, port: 1, isDefaultPort: false }],
    [["--host", "0.0.0.0"], {}, { host: "0.0.0.0" }],
    [["--host", "[::1]"], {}, { host: "::1" }],
    [["--host", "fe80::1%eth0"], {}, { host: "fe80::1%eth0" }],
    [["--tls"], {}, { tls: { kind: "own", ca: undefined, http2: true } }],
    [["--tls", "--no-http2"], {}, { tls: { kind: "own", ca: undefined, http2: false } }],
    [[], { MEERKAT_NO_HTTP2: "0", MEERKAT_TRUST_PROXY: "0" }, {}],
    [["--tls", "--ca", "c"], {}, { tls: { kind: "own", ca: "c", http2: true } }],
    [
      ["--cert", "a", "--key", "b"],
      { MEERKAT_NO_HTTP2: "1", MEERKAT_CA: "c" },
      { tls: { kind: "files", cert: "a", key: "b", ca: "c", http2: false } },
    ],
    [
      ["--tls", "--cert", "a"],
      { MEERKAT_KEY: "b", MEERKAT_CERT: "x" },
      { tls: { kind: "files", cert: "a", key: "b", ca: undefined, http2: true } },
    ],
    [["--unix", "/run/x.sock"], {}, { unix: "/run/x.sock" }],
    [["--unix", "x"], { PORT: "80" }, { unix: "x", port: 80, isDefaultPort: false }],
    [["--hidden", "--no-index"], {}, { hidden: true, index: false }],
    [[], { PORT: "7000" }, { port: 7000, isDefaultPort: false }],
    [[], { PORT: "" }, {}],
    // C3 Kubernetes and Docker set these for a service of that name.
    [[], { MEERKAT_PORT: "tcp://10.0.0.1:80" }, {}],
    [[], { PORT: "udp://10.0.0.1:53", MEERKAT_PORT: "TCP://[fd00::1]:80" }, {}],
    [[], { MEERKAT_PORT: "tcp://10.0.0.1:80", PORT: "1" }, { port: 1, isDefaultPort: false }],
    [["-p", "2"], { PORT: "tcp://10.0.0.1:80" }, { port: 2, isDefaultPort: false }],
    [[], { MEERKAT_SERVICE_PORT: "80", MEERKAT_PORT_80_TCP_PROTO: "tcp" }, {}],
    [[], { PORT: "7000", MEERKAT_PORT: "7001" }, { port: 7001, isDefaultPort: false }],
    [["-p", "7002"], { MEERKAT_PORT: "7001" }, { port: 7002, isDefaultPort: false }],
    [[], { MEERKAT_HIDDEN: "1", MEERKAT_NO_INDEX: "yes" }, { hidden: true, index: false }],
    [["--hidden"], { MEERKAT_HIDDEN: "0" }, { hidden: true }],
    [[], { MEERKAT_HIDDEN: "off", MEERKAT_QUIET: "TRUE" }, { quiet: true }],
    [["--max-age", "0"], {}, { maxAgeSeconds: 0 }],
    [["--max-age", "3600"], {}, { maxAgeSeconds: 3600 }],
    [["--cache-size", "0"], {}, { cacheBytes: 0 }],
    [["--cache-size", "1000"], {}, { cacheBytes: 1000 }],
    [["--cache-size", "512k"], {}, { cacheBytes: 512 * 1024 }],
    [["--cache-size", "2GiB"], {}, { cacheBytes: 2 * 1024 ** 3 }],
    [["--spa"], {}, { spa: true }],
    [["--allow-host", "a", "--allow-host", "b.c"], {}, { allowHosts: ["a", "b.c"] }],
    [[], { MEERKAT_ALLOW_HOST: "a, b.c," }, { allowHosts: ["a", "b.c"] }],
    [["--allow-host", "*"], { MEERKAT_ALLOW_HOST: "a" }, { allowHosts: ["*"] }],
    [
      ["--header", "X-A: b c", "--header", "x-d:e"],
      {},
      {
        headers: [
          ["X-A", "b c"],
          ["x-d", "e"],
        ],
      },
    ],
    [
      [],
      { MEERKAT_HEADER: "X-A: b,c\nX-D: e" },
      {
        headers: [
          ["X-A", "b,c"],
          ["X-D", "e"],
        ],
      },
    ],
    [["--allow-origin", "HTTPS://a.b:8443"], {}, { allowOrigins: ["https://a.b:8443"] }],
    [[], { MEERKAT_ALLOW_ORIGIN: "null,http://a" }, { allowOrigins: ["null", "http://a"] }],
    [["--max-message", "1"], {}, { maxMessageBytes: 1 }],
    [["--max-message", "1G"], {}, { maxMessageBytes: 1024 ** 3 }],
    [["--max-connections", "100"], {}, { maxConnections: 100 }],
    [["--workers", "4"], {}, { workers: 4 }],
    [["--workers", "999"], {}, { workers: 999 }],
    [["--workers", "auto"], {}, { workers: "auto" }],
    [[], { MEERKAT_WORKERS: "auto" }, { workers: "auto" }],
    [["--no-deflate"], {}, { deflate: false }],
    [["--stall-timeout", "1", "--drain", "0"], {}, { stallSeconds: 1, drainSeconds: 0 }],
    [["--linger", "0"], {}, { lingerSeconds: 0 }],
    [[], { MEERKAT_LINGER: "30" }, { lingerSeconds: 30 }],
    [["--log", "json"], {}, { log: "json" }],
    [["--log", "off"], { MEERKAT_LOG: "text" }, { log: "off" }],
    [["--trust-proxy", "--log", "json"], {}, { trustProxy: true, log: "json" }],
    [["--auth", "me:a:b c"], {}, { auth: "me:a:b c" }],
    [["--auth", "é:"], {}, { auth: "é:" }],
    [[], { MEERKAT_AUTH: "me:pass" }, { auth: "me:pass" }],
    [["--metrics"], {}, { metrics: true }],
    [[], { MEERKAT_HELP: "1", MEERKAT_VERSION: "1" }, {}],
  ];

  test.each(ROWS)("%j with %j", (argv, env, config) => {
    expect(parseConfig(argv, env)).toEqual({ kind: "run", config: { ...DEFAULTS, ...config } });
  });
});

describe("parseConfig() refuses, in one line that says what to do,", () => {
  const PORT_FIX = "give a whole number from 0 to 65535";
  type Refusal = readonly [argv: readonly string[], env: Environment, message: string];
  const ROWS: readonly Refusal[] = [
    [["--port"], {}, "--port: a value is missing; write --port PORT"],
    [["-p"], {}, "-p: a value is missing; write -p PORT"],
    [["--port="], {}, "--port: a value is missing; write --port PORT"],
    [["--port", "65536"], {}, `--port 65536: ${PORT_FIX}`],
    [["--port", "-1"], {}, `--port -1: ${PORT_FIX}`],
    [["--port", "1e3"], {}, `--port 1e3: ${PORT_FIX}`],
    [["--port", "80.5"], {}, `--port 80.5: ${PORT_FIX}`],
    [["--port", " 80"], {}, `--port  80: ${PORT_FIX}`],
    [["-p", "http"], {}, `-p http: ${PORT_FIX}`],
    [[], { PORT: "x" }, `PORT=x: ${PORT_FIX}`],
    [["-p", "tcp://10.0.0.1:80"], {}, `-p tcp://10.0.0.1:80: ${PORT_FIX}`],
    [[], { PORT: "tcp:/10.0.0.1:80" }, `PORT=tcp:/10.0.0.1:80: ${PORT_FIX}`],
    [[], { MEERKAT_PORT: "x", PORT: "1" }, `MEERKAT_PORT=x: ${PORT_FIX}`],
    [["--host", "a b"], {}, "--host a b: give a host name or an IP address, such as 127.0.0.1"],
    [
      ["--host", "http://x"],
      {},
      "--host http://x: give a host name or an IP address, such as 127.0.0.1",
    ],
    [["--cert", "a"], {}, "--cert a: add --key FILE"],
    [["--key", "a"], {}, "--key a: add --cert FILE"],
    [["--tls", "--key", "a"], {}, "--key a: add --cert FILE"],
    [[], { MEERKAT_KEY: "a" }, "MEERKAT_KEY=a: add --cert FILE"],
    [["--ca", "a"], {}, "--ca a: add --tls"],
    [["--no-http2"], {}, "--no-http2: add --tls"],
    [["--trust-proxy"], {}, "--trust-proxy: add --log FORMAT"],
    [["--trust-proxy", "--log", "off"], {}, "--trust-proxy: add --log text, as the log is off"],
    [["--ca", "a"], { MEERKAT_TLS: "0" }, "--ca a: add --tls"],
    [["--max-age", "-1"], {}, "--max-age -1: give a whole number of seconds, such as 3600"],
    [["--max-age", "1h"], {}, "--max-age 1h: give a whole number of seconds, such as 3600"],
    [["--cache-size", "big"], {}, "--cache-size big: give a size, such as 64M, 512k or 0"],
    [["--cache-size", "-1"], {}, "--cache-size -1: give a size, such as 64M, 512k or 0"],
    [
      ["--allow-origin", "a.b"],
      {},
      "--allow-origin a.b: give an origin, such as https://app.example:8443",
    ],
    [
      ["--allow-origin", "https://a.b/"],
      {},
      "--allow-origin https://a.b/: give an origin, such as https://app.example:8443",
    ],
    [["--max-message", "0"], {}, "--max-message 0: give a size up to 1G, such as 16M or 512k"],
    [["--max-message", "2G"], {}, "--max-message 2G: give a size up to 1G, such as 16M or 512k"],
    [["--max-connections", "0"], {}, "--max-connections 0: give a whole number, 1 or more"],
    [["--workers", "0"], {}, "--workers 0: give a whole number from 1 to 999, or auto"],
    [["--workers", "1000"], {}, "--workers 1000: give a whole number from 1 to 999, or auto"],
    [["--workers", "2.5"], {}, "--workers 2.5: give a whole number from 1 to 999, or auto"],
    [["--workers", "Auto"], {}, "--workers Auto: give a whole number from 1 to 999, or auto"],
    [["--workers"], {}, "--workers: a value is missing; write --workers COUNT"],
    [
      ["--unix", "x", "--workers", "2"],
      {},
      "--unix x and --workers 2: these exclude each other; leave one out",
    ],
    [
      ["--stall-timeout", "0"],
      {},
      "--stall-timeout 0: give a whole number of seconds, 1 or more, such as 60",
    ],
    [["--linger", "0.5"], {}, "--linger 0.5: give a whole number of seconds, such as 5"],
    [["--drain", "soon"], {}, "--drain soon: give a whole number of seconds, such as 10"],
    // A longer timer of Bun's runs out at once, and would cut off what it is to wait for.
    [
      ["--drain", "2147484"],
      {},
      "--drain 2147484: give a whole number of seconds up to 2147483, such as 10",
    ],
    [
      ["--linger", "9999999999"],
      {},
      "--linger 9999999999: give a whole number of seconds up to 2147483, such as 5",
    ],
    [["--allow-host", "a b"], {}, "--allow-host a b: give a host name, such as files.example"],
    [
      ["--allow-host", "a", "--allow-host", "b:1"],
      {},
      "--allow-host b:1: give a host name, such as files.example",
    ],
    [["--header", "X"], {}, '--header X: write it as "Name: value", in one line'],
    [["--header", "X:"], {}, '--header X:: write it as "Name: value", in one line'],
    [["--header", "X Y: z"], {}, '--header X Y: z: write it as "Name: value", in one line'],
    [
      ["--header", "X: a\r\nY: b"],
      {},
      '--header X: a\r\nY: b: write it as "Name: value", in one line',
    ],
    [["--header", "X: a\0b"], {}, '--header X: a\0b: write it as "Name: value", in one line'],
    ...[
      "Content-Length",
      "transfer-encoding",
      "Connection",
      "Upgrade",
      "Date",
      "Content-Range",
    ].map((name): Refusal => [
      ["--header", `${name}: 1`],
      {},
      `--header ${name}: 1: the server sets this field itself; leave it out`,
    ]),
    // The value may be a password, so it is not shown.
    [["--auth", "secret"], {}, "--auth: write it as user:password"],
    [["--auth", ":secret"], {}, "--auth: write it as user:password"],
    [["--auth", "me:sec\nret"], {}, "--auth: write it as user:password"],
    [["--auth=me\0:secret"], {}, "--auth: write it as user:password"],
    [["--auth="], {}, "--auth: a value is missing; write --auth USER:PASSWORD"],
    [[], { MEERKAT_AUTH: "secret" }, "MEERKAT_AUTH: write it as user:password"],
    [
      ["--unix", "x", "--port", "80"],
      {},
      "--unix x and --port 80: these exclude each other; leave one out",
    ],
    [
      ["--unix", "x"],
      { PORT: "80", MEERKAT_HOST: "::1" },
      "--unix x and MEERKAT_HOST=::1: these exclude each other; leave one out",
    ],
    [["--unix", "x", "--tls"], {}, "--unix x and --tls: these exclude each other; leave one out"],
    [["--unix"], {}, "--unix: a value is missing; write --unix PATH"],
    [["--log", "yes"], {}, "--log yes: give text, json or off"],
    [[], { MEERKAT_LOG: "JSON" }, "MEERKAT_LOG=JSON: give text, json or off"],
    [["--hidden=1"], {}, "--hidden=1: --hidden takes no value"],
    [[], { MEERKAT_HIDDEN: "maybe" }, "MEERKAT_HIDDEN=maybe: give 1 or 0"],
    [["--prot", "80"], {}, "--prot: no such option; did you mean --port?"],
    [["--hiden"], {}, "--hiden: no such option; did you mean --hidden?"],
    [["--index"], {}, "--index: no such option; did you mean --no-index?"],
    [["--no-hidden"], {}, "--no-hidden: no such option; did you mean --hidden?"],
    [["--zzz"], {}, "--zzz: no such option; --help lists them"],
    [["-z"], {}, "-z: no such option; --help lists them"],
    // Names that every object has.
    [["--__proto__"], {}, "--__proto__: no such option; --help lists them"],
    [["--toString=1"], {}, "--toString: no such option; --help lists them"],
    [["a", "b"], {}, "b: only one directory can be served; a came first"],
    [[""], {}, `"": the directory's name is empty; leave it out for "."`],
  ];

  test.each(ROWS)("%j with %j", (argv, env, message) => {
    expect(parseConfig(argv, env)).toEqual({ kind: "usage-error", message });
  });
});

test.each([
  [[], "text"],
  [["--quiet"], "off"],
  [["--log", "off"], "off"],
  [["--log", "json"], "json"],
  [["--quiet", "--log", "text"], "text"],
])("parseConfig() on a terminal with %j logs %s", (argv, log) => {
  const result = parseConfig(argv, {}, { isTerminal: true });
  expect(result).toMatchObject({ kind: "run", config: { log } });
});

test.each([["-h"], ["--help"]])("parseConfig() answers %s with every option", (flag) => {
  const result = parseConfig([flag], {});
  if (result.kind !== "help") throw new Error(`it is ${result.kind}`);
  for (const name of ["-p, --port PORT", "--host HOST", "--hidden", "--no-index", "-q, --quiet"]) {
    expect(result.text).toContain(name);
  }
});

test.each([["-V"], ["--version"]])("parseConfig() knows %s", (flag) => {
  expect(parseConfig([flag], {})).toEqual({ kind: "version" });
});

test("parseConfig() turns --cors and --coi into fields of every answer", () => {
  const result = parseConfig(["--cors", "--coi"], {});
  if (result.kind !== "run") throw new Error(`it is ${result.kind}`);
  const fields = new Map(result.config.headers);
  expect(fields.get("Access-Control-Allow-Origin")).toBe("*");
  expect(fields.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
  expect(fields.get("Cross-Origin-Embedder-Policy")).toBe("require-corp");
});
