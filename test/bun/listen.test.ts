import { dlopen } from "bun:ffi";
import { expect } from "bun:test";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { listDescriptors } from "../../src/system/descriptors.ts";
import { formatRequest } from "../helpers/raw-http.ts";
import { IS_LISTENER, readOption } from "../helpers/socket-option.ts";
import { connectTo } from "../helpers/transport.ts";
import { makeTree } from "../helpers/tree.ts";
import { BARE, serve } from "./bare-server.ts";
import { probe } from "./probe.ts";

const fetch = () => new Response("content");

/** The code of what `open` throws, or `undefined` if it does not. */
function failureOf(open: () => Disposable): unknown {
  try {
    open()[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

const serveAt = (port: number, options: { hostname?: string; reusePort?: boolean } = {}) => {
  const server = Bun.serve({ ...BARE, port, fetch, ...options });
  return { [Symbol.dispose]: () => void server.stop(true) };
};

probe("port-shared", () => {
  using first = serve(fetch);
  expect(failureOf(() => serveAt(first.port))).toBeUndefined();
  expect(failureOf(() => serveAt(first.port, { reusePort: false }))).toBe("EADDRINUSE");
});

probe("unknown-host", () => {
  using first = serve(fetch);
  const reusePort = false;
  expect(failureOf(() => serveAt(first.port, { reusePort }))).toBe("EADDRINUSE");
  // RFC 6761 §6.4: a name that nobody has.
  const hostname = "name.invalid";
  const failure = failureOf(() => serveAt(0, { hostname, reusePort }));
  expect(failure).toBeString();
  // What it says of a name that cannot be one.
  expect(failureOf(() => serveAt(0, { hostname: "a..b" }))).toBe("ENOTFOUND");
  expect(failure).not.toBe("ENOTFOUND");
});

probe("address-untyped", () => {
  using server = serve(fetch);
  // @ts-expect-error the types do not know it (row address-untyped)
  expect(server.server.address).toMatchObject({ address: "127.0.0.1", port: server.port });
});

const hasIpv6 = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .some(({ address }) => address === "::1");

probe(
  "localhost-one-address",
  async () => {
    await using server = Bun.serve({ ...BARE, hostname: "localhost", fetch });
    const outcomes = ["127.0.0.1", "::1"].map((host) => knock(server.port ?? 0, host));
    expect((await Promise.all(outcomes)).sort()).toEqual(["open", "refused"]);
  },
  { skip: !hasIpv6 },
);

function knock(port: number, host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on("connect", () => {
      socket.destroy();
      resolve("open");
    });
    socket.on("error", () => resolve("refused"));
  });
}

probe("unix-idle-time", () => {
  using tree = makeTree();
  const unix = tree.at("socket");
  // @ts-expect-error the types do not know an idle time of a Unix socket (row unix-idle-time)
  const open = () => Bun.serve({ unix, fetch, idleTimeout: 256 });
  expect(open).toThrow("idleTimeout");
});

probe("unix-removed", async () => {
  using tree = makeTree();
  const unix = tree.at("socket");
  const server = Bun.serve({ unix, fetch });
  expect(existsSync(unix)).toBe(true);
  await server.stop();
  expect(existsSync(unix)).toBe(false);
});

const IS_LINUX = process.platform === "linux";

probe(
  "listener-replaced",
  async () => {
    const listeners = () => listDescriptors().filter(isListener);
    const before = new Set(listeners());
    using bare = serve(fetch);
    const [listener = -1] = listeners().filter((descriptor) => !before.has(descriptor));
    const open = connectTo(bare.port);
    await once(open, "connect");
    open.write(formatRequest("GET", "/"));
    expect(String(await once(open, "data"))).toStartWith("HTTP/1.1 200 ");

    const { symbols } = dlopen("libc.so.6", { dup2: { args: ["i32", "i32"], returns: "i32" } });
    const nothing = openSync("/dev/null", "r");
    symbols.dup2(nothing, listener);
    closeSync(nothing);
    const refused = connect(bare.port, "127.0.0.1");
    const [error] = (await once(refused, "error")) as [{ readonly code: string }];
    expect(error.code).toBe("ECONNREFUSED");
    open.write(formatRequest("GET", "/"));
    expect(String(await once(open, "data"))).toStartWith("HTTP/1.1 200 ");

    open.destroy();
    await bare.server.stop();
    // The number is free again, or the one with which the list is read.
    const link = listDescriptors().includes(listener) && readlink(listener);
    expect(link).not.toBe("/dev/null");
  },
  { skip: !IS_LINUX },
);

function isListener(descriptor: number): boolean {
  return readOption(descriptor, IS_LISTENER)?.readInt32LE() === 1;
}

function readlink(descriptor: number): string | undefined {
  const path = `/proc/self/fd/${descriptor}`;
  return existsSync(path) ? readlinkSync(path) : undefined;
}
