/**
 * Measures the grid of 300 photos of 24 megapixels: how long Chromium takes until all of them are on the
 * screen, of a server that has just started and of one that has the thumbnails, the bytes that it gets,
 * the server's CPU time and peak memory, and the longest round trip of an echo of another process meanwhile,
 * beside that of an echo at an idle server, which tells what the machine does to both.
 *
 *   bun run test/bench/pictures.ts [DIRECTORY]
 *
 * The photos, 2 GB, are made in the directory if they are not there, and stay; without one they are made
 * anew in a temporary directory.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DESKTOP, until } from "../helpers/browser.ts";
import { CHROMIUM } from "../helpers/browser-chromium.ts";
import type { Browser } from "../helpers/browser-engine.ts";
import { memoryMb } from "../helpers/memory.ts";
import { insertSegment, makeJpeg } from "../helpers/pictures.ts";
import { makeTree } from "../helpers/tree.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import { startMeerkat } from "./peer.ts";
import { progress } from "./progress.ts";
import { startTicking } from "./ticking.ts";

const PHOTOS = 300;

/** The size of a photo of 24 megapixels. */
const SIZE = { width: 6000, height: 4000 } as const;

/** The number of different landscapes; each file has a number of its own in it besides. */
const SCENES = 6;

/** A comment of a JPEG (COM). */
const COMMENT = 0xfe;

/** The limits that the figures must not exceed. */
const LIMITS = { coldS: 30, warmS: 1, megabytes: 5, memoryMb: 250, echoMs: 50 } as const;

/** Lets Chromium load all pictures, not only those in view, and tells when they are there. */
const ALL_SHOWN = `[...document.querySelectorAll("#rows img")].every(
  (picture) => picture.complete && picture.naturalWidth > 0)`;
const LOAD_ALL = `(() => {
  performance.setResourceTimingBufferSize(1000);
  for (const picture of document.querySelectorAll("#rows img")) picture.loading = "eager";
})()`;
const BYTES = `performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0)`;

using tree = makeTree();
const directory = process.argv[2] ?? tree.path;
await fill(directory);
await using server = await startMeerkat([directory]);
await using browser = await CHROMIUM.launch({});
await using idle = await startMeerkat([directory]);
await using echo = await startTicking(server.port);
await using idleEcho = await startTicking(idle.port);
const before = readCpu(server.pid);
const cold = await show(browser);
const cpuS = cpuBetween(before, readCpu(server.pid)) / 1e9;
const warm = await show(browser);
print("all on the screen, cold, s", cold.seconds, LIMITS.coldS);
print("all on the screen, warm, s", warm.seconds, LIMITS.warmS);
print("bytes moved, MB", cold.megabytes, LIMITS.megabytes);
print("the server's peak memory, MB", memoryMb(server.pid, "VmHWM"), LIMITS.memoryMb);
print("the longest echo meanwhile, ms", await echo.longestMs(), LIMITS.echoMs);
const idleMs = await idleEcho.longestMs();
console.log(`the longest echo at an idle server, ms: ${idleMs.toFixed(1)}`);
console.log(`CPU time of the server, cold, s: ${cpuS.toFixed(1)}`);

async function fill(path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  const nameOf = (index: number) => join(path, `photo${index + 1}.jpg`);
  for (let scene = 0; scene < SCENES; scene++) {
    const indices = Array.from({ length: PHOTOS / SCENES }, (_, time) => scene + time * SCENES);
    if (indices.every((index) => existsSync(nameOf(index)))) continue;
    const jpeg = await makeJpeg(SIZE, scene);
    for (const index of indices) {
      writeFileSync(
        nameOf(index),
        insertSegment(jpeg, COMMENT, new Uint8Array([index, index >> 8])),
      );
    }
    progress(`${indices.length * (scene + 1)} photos of ${(jpeg.length / 1e6).toFixed(1)} MB`);
  }
}

/** Shows the grid in a browser that has seen none of it. */
async function show({ open }: Browser) {
  await using page = await open(DESKTOP);
  const startMs = performance.now();
  await page.goto(`http://127.0.0.1:${server.port}/?view=grid`);
  await page.evaluate(LOAD_ALL);
  await until(page, ALL_SHOWN);
  const seconds = (performance.now() - startMs) / 1000;
  return { seconds, megabytes: Number(await page.evaluate(BYTES)) / 1e6 };
}

function print(what: string, value: number, limit: number): void {
  const isMet = value <= limit;
  console.log(`${what}: ${value.toFixed(1)} (limit ${limit})${isMet ? "" : ", MISSED"}`);
  if (!isMet) process.exitCode = 1;
}
