import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { truncateSync } from "node:fs";
import type { Socket } from "node:net";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { formatRequest, HeadReader, request } from "../helpers/raw-http.ts";
import { memoryMb } from "../helpers/memory.ts";
import { connectTo, TRANSPORT, TRANSPORT_ARGS } from "../helpers/transport.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const MEBIBYTE = 1024 * 1024;
const FILE_BYTES = 5 * MEBIBYTE;
/** A thousand TLS handshakes at once outlast the 12 s that Bun waits for a request, on a busy machine. */
const DOWNLOADS = TRANSPORT === "plain" ? 1000 : 200;
const READERS = 200;

/** Every eight bytes tell their place. */
const CONTENT = Buffer.alloc(FILE_BYTES);
for (let index = 0; index < FILE_BYTES; index += 8) CONTENT.writeDoubleLE(index, index);

const tree = useTree({ "five.bin": CONTENT, "giant.bin": "" });
let program: Program;
let port: number;

beforeAll(async () => {
  truncateSync(tree.at("giant.bin"), 1024 * MEBIBYTE);
  program = runProgram([tree.path, "--port", "0", "--host", "127.0.0.1", ...TRANSPORT_ARGS]);
  port = portOf(await program.printed("REST"));
});

afterAll(() => program[Symbol.asyncDispose]());

/** Downloads the file and compares every byte with what it has to be; resolves with how many came. */
function download(): Promise<number> {
  const socket = connectTo(port);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const reader = new HeadReader();
  let position: number | undefined;
  socket.on("data", (data) => {
    let chunk = data as Buffer; // bytes, as no encoding is set
    if (position === undefined) {
      const begun = reader.take(chunk);
      if (begun === undefined) return;
      chunk = begun.rest;
      position = 0;
    }
    const wanted = CONTENT.subarray(position, position + chunk.length);
    if (!chunk.equals(wanted)) reject(new Error(`altered after byte ${position}`));
    position += chunk.length;
    if (position >= FILE_BYTES) socket.destroy();
  });
  socket.on("error", reject);
  socket.on("close", () => resolve(position ?? 0));
  socket.write(formatRequest("GET", "/five.bin"));
  return promise;
}

test(`${DOWNLOADS} downloads of 5 MiB at once are exact, and take no memory to speak of`, async () => {
  const idleMb = memoryMb(program.pid, "VmRSS");
  const lengths = await Promise.all(Array.from({ length: DOWNLOADS }, download));
  expect(lengths.filter((length) => length !== FILE_BYTES)).toEqual([]);
  const peakMb = memoryMb(program.pid, "VmHWM");
  console.log(`${DOWNLOADS} downloads: ${idleMb} MB idle, ${peakMb} MB at the peak`);
  // A tenth of what the files would take.
  expect(peakMb - idleMb).toBeLessThan((DOWNLOADS * 5) / 10);
});

/** Asks for a file and reads nothing of it but the first bytes. */
function stall(): Promise<Socket> {
  const socket = connectTo(port);
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  socket.once("data", () => {
    socket.pause();
    resolve(socket);
  });
  socket.on("error", reject);
  socket.write(formatRequest("GET", "/giant.bin"));
  return promise;
}

test(`${READERS} readers that stall on 1 GiB cost less than 40 MB in all, and hold up nobody`, async () => {
  const idleMb = memoryMb(program.pid, "VmRSS");
  const sockets = await Promise.all(Array.from({ length: READERS }, stall));
  expect((await request(port, "GET", "/rest")).status).toBe(200);
  const stalledMb = memoryMb(program.pid, "VmRSS");
  console.log(`${READERS} stalled readers: ${idleMb} MB idle, ${stalledMb} MB`);
  expect(stalledMb - idleMb).toBeLessThan(40);
  for (const socket of sockets) socket.destroy();
});
