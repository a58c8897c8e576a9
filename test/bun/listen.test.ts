import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
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
