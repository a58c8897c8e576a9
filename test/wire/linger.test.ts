import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { field, request, type RawResponse } from "../helpers/raw-http.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const tree = useTree({ "hello.txt": "hello" });

/** Longer than any test waits: what is seen meanwhile was not seen by luck. */
const LONG = ["--linger", "600", "--drain", "600"];

const health = (address: number | string) => request(address, "GET", "/.meerkat/health");

async function untilDraining(address: number | string): Promise<RawResponse> {
  for (;;) {
    const response = await health(address);
    if (response.status === 503) return response;
  }
}

async function echoes(socket: RawWebSocket, text: string): Promise<void> {
  socket.send(OPCODE.text, text);
  expect((await socket.receive())?.payload.toString()).toBe(text);
}

async function expectGoingAway(socket: RawWebSocket): Promise<void> {
  const frame = await socket.receive();
  expect([frame?.opcode, frame?.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 1001]);
}

describe("--linger", () => {
  const startOnPort = async (args: readonly string[]) => {
    const program = runProgram([tree.path, "--port", "0", "--metrics", ...args]);
    return { program, address: portOf(await program.printed("REST")) };
  };
  const startOnSocket = async (args: readonly string[]) => {
    const address = tree.at("socket");
    const program = runProgram([tree.path, "--unix", address, "--metrics", ...args]);
    await program.printed("REST");
    return { program, address };
  };
  type Start = (
    args: readonly string[],
  ) => Promise<{ readonly program: Program; readonly address: number | string }>;
  const WAYS: readonly (readonly [name: string, start: Start])[] = [
    ["a port", startOnPort],
    ["a Unix socket", startOnSocket],
  ];

  test.each(WAYS)("on %s: turns health to 503 at once, and goes on", async (_name, start) => {
    const { program, address } = await start(LONG);
    await using server = program;
    using before = await RawWebSocket.open(address);
    expect((await health(address)).status).toBe(200);
    server.signal("SIGTERM");
    expect(field(await untilDraining(address), "connection")).toBe("close");
    for (const target of ["/hello.txt", "/rest", "/", "/.meerkat/metrics", "/nothing"]) {
      const response = await request(address, "GET", target);
      expect(response.status, target).toBe(target === "/nothing" ? 404 : 200);
      expect(field(response, "connection"), target).toBe("close");
    }
    await echoes(before, "from before");
    using after = await RawWebSocket.open(address);
    await echoes(after, "from after");
    // A second signal comes from somebody in a hurry.
    server.signal("SIGTERM");
    expect((await server.ended).exitCode).toBe(143);
  });

  test.each(WAYS)("on %s: ends in time, with 1001 for WebSockets", async (_name, start) => {
    const { program, address } = await start(["--linger", "1"]);
    await using server = program;
    using socket = await RawWebSocket.open(address);
    server.signal("SIGTERM");
    await expectGoingAway(socket);
    expect(await server.ended).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test.each([
    [["--linger", "0"], "SIGTERM"],
    [LONG, "SIGINT"],
  ] as const)("%j: nobody waits for it at %s", async (args, signal) => {
    const { program, address } = await startOnPort(args);
    await using server = program;
    using socket = await RawWebSocket.open(address);
    server.signal(signal);
    await expectGoingAway(socket);
    expect((await server.ended).exitCode).toBe(0);
  });
});
