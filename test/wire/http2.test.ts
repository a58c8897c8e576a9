import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, truncateSync } from "node:fs";
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { connect as connectTls } from "node:tls";
import { memoryMb } from "../helpers/memory.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { ANY_CERTIFICATE } from "../helpers/transport.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const MEBIBYTE = 1024 * 1024;
const FILE_BYTES = 5 * MEBIBYTE;
const SESSIONS = 10;
const DOWNLOADS = 200;
const STALLED = 200;
const MUTATIONS = 1000;
/** Bun 1.4.5 has enough of it after 8,500. */
const RESETS = 50_000;

/** Every eight bytes tell their place. */
const CONTENT = Buffer.alloc(FILE_BYTES);
for (let index = 0; index < FILE_BYTES; index += 8) CONTENT.writeDoubleLE(index, index);

const tree = useTree({ "five.bin": CONTENT, "giant.bin": "", "small.txt": "small" });
let program: Program;
let port: number;

beforeAll(async () => {
  truncateSync(tree.at("giant.bin"), 1024 * MEBIBYTE);
  program = runProgram([tree.path, "--port", "0", "--host", "127.0.0.1", "--tls"]);
  port = portOf(await program.printed("SHA-256"));
});

afterAll(() => program[Symbol.asyncDispose]());

function openSession(): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${port}`, ANY_CERTIFICATE);
  // It reaches the streams that are open as well.
  session.on("error", () => undefined);
  return session;
}

/** Downloads the file and compares every byte with what it has to be; resolves with how many came. */
function download(session: ClientHttp2Session): Promise<number> {
  const stream = session.request({ ":path": "/five.bin" });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let position = 0;
  stream.on("data", (chunk: Buffer) => {
    const wanted = CONTENT.subarray(position, position + chunk.length);
    if (!chunk.equals(wanted)) reject(new Error(`altered after byte ${position}`));
    position += chunk.length;
  });
  stream.on("error", reject);
  stream.on("end", () => resolve(position));
  return promise;
}

async function statusOf(session: ClientHttp2Session, target: string): Promise<number> {
  const stream = session.request({ ":path": target });
  stream.resume();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  stream.on("response", ({ ":status": status }) => resolve(Number(status)));
  stream.on("error", reject);
  return promise;
}

/** Asks for a file and reads nothing of it but the first bytes. */
function stall(session: ClientHttp2Session): Promise<ClientHttp2Stream> {
  const stream = session.request({ ":path": "/giant.bin" });
  const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Stream>();
  stream.once("data", () => resolve(stream.pause()));
  stream.on("error", reject);
  return promise;
}

test(`${STALLED} connections that stall on 1 GiB cost less than 80 MB in all, and hold up nobody`, async () => {
  const idleMb = memoryMb(program.pid, "VmRSS");
  const sessions = Array.from({ length: STALLED }, openSession);
  await Promise.all(sessions.map(stall));
  const other = openSession();
  expect(await statusOf(other, "/small.txt")).toBe(200);
  const stalledMb = memoryMb(program.pid, "VmRSS");
  console.log(`${STALLED} stalled over HTTP/2: ${idleMb} MB idle, ${stalledMb} MB`);
  expect(stalledMb - idleMb).toBeLessThan(80);
  for (const session of [...sessions, other]) session.destroy();
});

test(`${DOWNLOADS} downloads of 5 MiB over ${SESSIONS} connections are exact`, async () => {
  const sessions = Array.from({ length: SESSIONS }, openSession);
  const downloads = sessions.flatMap((session) =>
    Array.from({ length: DOWNLOADS / SESSIONS }, () => download(session)),
  );
  const lengths = await Promise.all(downloads);
  expect(lengths.filter((length) => length !== FILE_BYTES)).toEqual([]);
  for (const session of sessions) session.destroy();
});

test("a stalled download holds up no other on its connection, and leaves no descriptor", async () => {
  const openFiles = () => readdirSync(`/proc/${program.pid}/fd`).length;
  const other = openSession();
  expect(await statusOf(other, "/small.txt")).toBe(200);
  const before = openFiles();
  const session = openSession();
  const stalled = await Promise.all(Array.from({ length: 50 }, () => stall(session)));
  expect(await statusOf(session, "/small.txt")).toBe(200);
  expect(openFiles()).toBeGreaterThan(before + 50);
  for (const stream of stalled) stream.close();
  session.destroy();
  while (openFiles() > before) await statusOf(other, "/small.txt");
  other.destroy();
});

/** The preface of RFC 9113 §3.4 and an empty SETTINGS, which every client begins with. */
const PREFACE = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** Numbers that look random and are the same in every run. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** A frame of a known or unknown type (RFC 9113 §4.1) with anything in it; now and then its length is a lie. */
function randomFrame(random: (below: number) => number): Buffer {
  const payload = Buffer.from(Array.from({ length: random(40) }, () => random(256)));
  const head = Buffer.alloc(9);
  head.writeUIntBE(random(10) === 0 ? random(2 ** 14) : payload.length, 0, 3);
  head[3] = random(12);
  head[4] = random(256);
  head.writeUInt32BE(random(4), 5);
  return Buffer.concat([head, payload]);
}

test(`${MUTATIONS} connections that send nonsense do not end the server`, async () => {
  const random = makeRandom(1);
  for (let index = 0; index < MUTATIONS; index++) {
    const frames = Array.from({ length: 1 + random(20) }, () => randomFrame(random));
    const start = index % 10 === 0 ? Buffer.alloc(0) : PREFACE;
    await sendAndHangUp(Buffer.concat([start, ...frames]));
  }
  const session = openSession();
  expect(await statusOf(session, "/small.txt")).toBe(200);
  session.destroy();
});

/** Resolves when the server has closed, as it does at the latest after the end of ours. */
function sendAndHangUp(bytes: Buffer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connectTls({ ...ANY_CERTIFICATE, port, host: "127.0.0.1", ALPNProtocols: ["h2"] });
  socket.on("error", () => undefined); // a reset shows as a close
  socket.on("close", () => resolve());
  socket.resume();
  socket.on("secureConnect", () => socket.end(bytes));
  return promise;
}

function formatFrame(type: number, stream: number, payload: readonly number[]): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** Frames that each cost the server an answer or memory: RFC 9113 §10.5. */
const FLOODS: readonly (readonly [name: string, first: Buffer, frame: Buffer])[] = [
  ["PING", Buffer.alloc(0), formatFrame(6, 0, [1, 2, 3, 4, 5, 6, 7, 8])],
  ["SETTINGS", Buffer.alloc(0), formatFrame(4, 0, [0, 3, 0, 0, 0, 100])],
  // Fields without an end, each of them `a` with the value of one byte (CVE-2024-27316).
  ["CONTINUATION", formatFrame(1, 1, [0x82]), formatFrame(9, 1, [0, 1, 0x61, 1, 0x62])],
  ["empty CONTINUATION", formatFrame(1, 1, [0x82]), formatFrame(9, 1, [])],
];

test.each(FLOODS)("a flood of %s that reads nothing is cut off", async (_, first, frame) => {
  const idleMb = memoryMb(program.pid, "VmRSS");
  const socket = connectTls({ ...ANY_CERTIFICATE, port, host: "127.0.0.1", ALPNProtocols: ["h2"] });
  const block = Buffer.concat(Array<Buffer>(5000).fill(frame));
  let isOpen = true;
  socket.on("error", () => undefined); // a reset shows as a close
  const closed = new Promise<void>((resolve) => socket.once("close", resolve));
  void closed.then(() => (isOpen = false));
  socket.pause();
  socket.write(Buffer.concat([PREFACE, first]));
  while (isOpen) {
    const isTaken = socket.write(block);
    if (!isTaken)
      await Promise.race([closed, new Promise((resolve) => socket.once("drain", resolve))]);
  }
  expect(memoryMb(program.pid, "VmRSS") - idleMb).toBeLessThan(40);
});

test("who resets one stream after the other is sent away (CVE-2023-44487)", async () => {
  const session = openSession();
  const sentAway = new Promise<number>((resolve) => session.once("goaway", resolve));
  for (let index = 0; index < RESETS && !session.destroyed; index++) {
    const stream = session.request({ ":path": "/giant.bin" });
    stream.on("error", () => undefined);
    setImmediate(() => stream.close(constants.NGHTTP2_CANCEL));
    if (index % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await sentAway).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  const other = openSession();
  expect(await statusOf(other, "/small.txt")).toBe(200);
  other.destroy();
});
