import { expect } from "bun:test";
import { probe } from "./probe.ts";

const MEGABYTE = 1024 * 1024;

/** Runs code in a process of its own, whose memory nothing else takes; returns the number it prints. */
async function run(code: string): Promise<number> {
  const child = Bun.spawn([process.execPath, "-e", code], { stderr: "ignore" });
  return Number(await child.stdout.text());
}

probe("blob-kept", async () => {
  // The Blobs are old when they are dropped, as those of a cache are.
  const given = await run(`
    const blobs = Array.from({ length: 64 }, () => new Blob([new Uint8Array(${MEGABYTE}).fill(1)]));
    Bun.gc(true);
    blobs.length = 0;
    Bun.gc(false);
    await Bun.sleep(0);
    const before = process.memoryUsage.rss();
    Bun.gc(true);
    console.log(before - process.memoryUsage.rss());
  `);
  expect(given).toBeGreaterThan(32 * MEGABYTE);
});
