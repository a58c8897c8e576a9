import { expect, test } from "bun:test";
import { encodeAvoidance, steerAway, stopSteering } from "../../src/system/steering.ts";
import { request } from "../helpers/raw-http.ts";

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
