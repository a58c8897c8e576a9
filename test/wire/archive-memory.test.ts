import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { truncateSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { memoryMb } from "../helpers/memory.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { formatRequest, request } from "../helpers/raw-http.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const GIBIBYTE = 1024 ** 3;

/** The memory that the walk and the compression need for any tree: a tenth of one file. */
const MAX_GROWTH_MB = 100;

const NAMES = Array.from({ length: 2000 }, (_, index) => `many/${index}.txt`);
const tree = useTree({
  "one.bin": "",
  "two.bin": "",
  ...Object.fromEntries(NAMES.map((name) => [name, name])),
});
let program: Program;
let port: number;

beforeAll(async () => {
  for (const name of ["one.bin", "two.bin"]) truncateSync(tree.at(name), GIBIBYTE);
  program = runProgram([tree.path, "--port", "0", "--host", "127.0.0.1"]);
  port = portOf(await program.printed("REST"));
  await download("tar", 64 * 1024 ** 2);
});

afterAll(() => program[Symbol.asyncDispose]());

/** Takes an archive to its end, or as many bytes of it; resolves with how many came. */
function download(format: string, atMost = Infinity): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let received = 0;
  let end = Buffer.alloc(0);
  socket.on("data", (data) => {
    const chunk = data as Buffer; // bytes, as no encoding is set
    received += chunk.length;
    end = Buffer.concat([end, chunk.subarray(-5)]).subarray(-5);
    const isWhole = end.toString("latin1") === "0\r\n\r\n";
    if (isWhole || received >= atMost) socket.destroy();
  });
  socket.on("error", reject);
  socket.on("close", () => resolve(received));
  socket.write(formatRequest("GET", `/?archive=${format}`));
  return promise;
}

/** Asks for an archive and reads nothing of it but the first bytes. */
function stall(format: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  socket.once("data", () => {
    socket.pause();
    resolve(socket);
  });
  socket.on("error", reject);
  socket.write(formatRequest("GET", `/?archive=${format}`));
  return promise;
}

test.each(["tar", "tar.gz"])("?archive=%s of 2 GiB takes no memory to speak of", async (format) => {
  const idleMb = memoryMb(program.pid, "VmRSS");
  const received = await download(format);
  if (format === "tar") expect(received).toBeGreaterThan(2 * GIBIBYTE);
  const peakMb = memoryMb(program.pid, "VmHWM");
  console.log(`${format} of 2 GiB: ${idleMb} MB idle, ${peakMb} MB at the peak`);
  expect(peakMb - idleMb).toBeLessThan(MAX_GROWTH_MB);
});

test("four readers that stall hold no memory to speak of, and up nobody", async () => {
  const idleMb = memoryMb(program.pid, "VmRSS");
  const sockets = await Promise.all(["tar", "tar", "tar.gz", "tar.gz"].map(stall));
  expect((await request(port, "GET", "/?archive=tar")).status).toBe(503);
  expect((await request(port, "GET", "/rest")).status).toBe(200);
  const stalledMb = memoryMb(program.pid, "VmRSS");
  console.log(`four stalled readers: ${idleMb} MB idle, ${stalledMb} MB`);
  expect(stalledMb - idleMb).toBeLessThan(MAX_GROWTH_MB / 2);
  for (const socket of sockets) socket.destroy();
});
