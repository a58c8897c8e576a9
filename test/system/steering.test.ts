import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { codeOf } from "../../src/system/system-error.ts";
import {
  encodeAvoidance,
  steerAway,
  stopSteering,
  turnNewcomersAway,
} from "../../src/system/steering.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { formatRequest, request } from "../helpers/raw-http.ts";
import { connectTo } from "../helpers/transport.ts";

setDefaultTimeout(PATIENCE_MS);

/** Does what the kernel does with the instructions that are in use. */
function run(program: Buffer, random: number): number {
  let a = 0;
  for (let at = 0; ; at += 8) {
    const code = program.readUInt16LE(at);
    const operand = program.readUInt32LE(at + 4);
    if (code === 0x20) a = random;
    else if (code === 0x94) a %= operand;
    else if (code === 0x35) at += 8 * (program[at + (a >= operand ? 2 : 3)] ?? 0);
    else if (code === 0x04) a += operand;
    else if (code === 0x16) return a;
    else throw new Error(`no instruction: ${code}`);
  }
}

test.each([
  [{ index: 0, count: 2 }, [1, 1, 1, 1]],
  [{ index: 1, count: 2 }, [0, 0, 0, 0]],
  [{ index: 0, count: 4 }, [1, 2, 3, 1]],
  [{ index: 1, count: 4 }, [0, 2, 3, 0]],
  [{ index: 3, count: 4 }, [0, 1, 2, 0]],
])("encodeAvoidance(%j) picks %j", (place, picks) => {
  const program = encodeAvoidance(place);
  expect(picks.map((_, random) => run(program, random))).toEqual(picks);
});

// Steering affects all listeners of this process; the other ones here do not share their port.
test.skipIf(process.platform !== "linux")(
  "steerAway() has the kernel give no connection to one of three, until stopSteering()",
  async () => {
    let port = 0;
    const servers = ["0", "1", "2"].map((name) => {
      const fetch = () => new Response(name);
      const options = { hostname: "127.0.0.1", port, reusePort: true, development: false, fetch };
      const server = Bun.serve(options);
      port = server.port ?? 0;
      return server;
    });
    const ask = async () =>
      (await request(port, "GET", "/", { Connection: "close" })).body.toString();
    const askOften = async () => {
      const answers = new Set<string>();
      for (let count = 0; count < 100; count++) answers.add(await ask());
      return [...answers].sort();
    };
    for (const index of [0, 1, 2]) {
      steerAway({ index, count: 3 });
      expect(await askOften()).toEqual(["0", "1", "2"].filter((name) => name !== `${index}`));
    }
    stopSteering();
    expect(await askOften()).toEqual(["0", "1", "2"]);
    // The last listener takes the place of one that leaves.
    await servers[0]?.stop(true);
    steerAway({ index: 0, count: 2 });
    expect(await askOften()).toEqual(["1"]);
    for (const server of servers) await server.stop(true);
  },
);

/** Tells whether a client has asked a port for a connection, and has heard nothing yet. */
function isAsking(port: number): boolean {
  const place = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "latin1").split("\n");
  return rows.some((row) => {
    const [, , remote = "", state = ""] = row.trim().split(/\s+/);
    return remote.endsWith(place) && state === SYN_SENT;
  });
}

/** A state in /proc/net/tcp: net/tcp_states.h. */
const SYN_SENT = "02";

test.skipIf(process.platform !== "linux")(
  "turnNewcomersAway() lets connections that have begun bring a request, and begins no other",
  async () => {
    const options = { hostname: "127.0.0.1", port: 0, fetch: () => new Response("answer") };
    const [leaving, other] = [Bun.serve(options), Bun.serve(options)];
    const { port = 0 } = leaving;
    const begun = connectTo(port);
    await new Promise((resolve) => begun.once("connect", resolve));
    turnNewcomersAway(port);
    begun.write(formatRequest("GET", "/"));
    const [bytes] = await new Promise<unknown[]>((resolve) =>
      begun.once("data", (...all) => resolve(all)),
    );
    expect(String(bytes)).toEndWith("answer");
    expect((await request(other.port ?? 0, "GET", "/")).body.toString()).toBe("answer");
    // The client hears nothing until it asks again, and nobody is there by then.
    const late = connectTo(port);
    const outcome = new Promise((resolve) => {
      late.once("connect", () => resolve("connected"));
      late.once("error", (error) => resolve(codeOf(error)));
    });
    let isOver = false;
    void outcome.then(() => (isOver = true));
    while (!isOver && !isAsking(port)) await Bun.sleep(1);
    await leaving.stop(true);
    expect(await outcome).toBe("ECONNREFUSED");
    await other.stop(true);
  },
);
