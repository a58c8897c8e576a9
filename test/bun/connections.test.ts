import { expect } from "bun:test";
import { dlopen } from "bun:ffi";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { exchange, formatRequest } from "../helpers/raw-http.ts";
import { connectTo } from "../helpers/transport.ts";
import { serve, untilSeen } from "./bare-server.ts";
import { runScript, underLimit } from "./child.ts";
import { probe } from "./probe.ts";

const IS_LINUX = process.platform === "linux";

probe("pipelining-closes", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  using server = serve(() => promise);
  const bytes = formatRequest("GET", "/").repeat(2);
  const { responses, closed } = await exchange(server.port, bytes, ["GET", "GET"]);
  expect([responses, closed]).toEqual([[], true]);
  resolve(new Response("content"));
});

probe("half-request-kept", async () => {
  using server = serve(() => new Response("content"));
  const half = connectTo(server.port);
  half.write("GET / HTTP/1.1\r\n");
  const idle = connectTo(server.port);
  idle.write(formatRequest("GET", "/"));
  await once(idle, "data");
  await untilSeen(server);
  const closed = once(idle, "close");
  server.server.closeIdleConnections();
  await closed;
  await untilSeen(server);
  half.write("Host: localhost\r\n\r\n");
  expect(String(await once(half, "data"))).toStartWith("HTTP/1.1 200 ");
  half.destroy();
});

probe(
  "shutdown-seen",
  async () => {
    const asked = Promise.withResolvers<readonly string[]>();
    using server = serve(() => {
      asked.resolve(listSockets());
      return new Promise(() => undefined);
    });
    const socket = connectTo(server.port);
    await once(socket, "connect");
    const before = new Set(listSockets());
    socket.write(formatRequest("GET", "/"));
    const accepted = (await asked.promise).filter((descriptor) => !before.has(descriptor));
    expect(accepted.length).toBe(1);
    const { symbols } = dlopen("libc.so.6", { shutdown: { args: ["i32", "i32"], returns: "i32" } });
    symbols.shutdown(Number(accepted[0]), 2); // SHUT_RDWR
    await once(socket, "close");
    expect(listSockets()).not.toContain(accepted[0]);
  },
  { skip: !IS_LINUX },
);

/** The descriptors of this process's sockets. */
function listSockets(): string[] {
  return readdirSync("/proc/self/fd").filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith("socket:");
    } catch {
      return false; // the one for this look
    }
  });
}

/** Opens more connections to itself than it may have descriptors, and says how busy that keeps it. */
const CROWDED = `
  const { connect } = require("node:net");
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("content") });
  for (let count = 0; count < 32; count++) {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.on("connect", () => socket.write("GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"));
  }
  const wall = performance.now();
  const look = () => {
    const { user, system } = process.cpuUsage();
    const isBusy = user + system > 200_000;
    if (isBusy || performance.now() - wall > 3000) {
      console.log(isBusy ? "busy" : "idle");
      process.exit();
    }
  };
  setInterval(look, 10);
`;

probe(
  "accept-spins",
  async () => {
    const { stdout } = await runScript(CROWDED, underLimit("-n 40"));
    expect(stdout.trim()).toBe("busy");
  },
  { skip: !IS_LINUX },
);

probe(
  "soft-limit-raised",
  async () => {
    const script = `
      const { soft, hard } = process.report.getReport().userLimits.open_files;
      console.log(soft, hard);
    `;
    const { stdout } = await runScript(script, underLimit("-Sn 256; ulimit -Hn 512"));
    expect(stdout.trim()).toBe("512 512");
  },
  { skip: !IS_LINUX },
);
