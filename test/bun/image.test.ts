import { expect } from "bun:test";
import { compressedText, makeLargePng, makePng, pixelsOf } from "../helpers/pictures.ts";
import { makeTree } from "../helpers/tree.ts";
import { runScript } from "./child.ts";
import { probe } from "./probe.ts";

const MIB = 1024 * 1024;

/** Runs code in a process of its own, which has the bytes of a picture; returns the number it prints. */
async function measure(picture: Uint8Array, code: string): Promise<number> {
  using tree = makeTree({ picture });
  const read = `const bytes = await Bun.file(${JSON.stringify(tree.at("picture"))}).bytes();`;
  return Number((await runScript(`${read}\n${code}`)).stdout);
}

probe("png-texts-inflated", async () => {
  const size = { width: 10, height: 10 };
  const png = makePng(size, ["zTXt", compressedText(200 * MIB)], pixelsOf(30, 10));
  const peakMb = await measure(
    png,
    `await new Bun.Image(bytes).webp().bytes();
    console.log(process.resourceUsage().maxRSS / 1024);`,
  );
  expect(peakMb).toBeGreaterThan(200);
});

probe("picture-kept", async () => {
  const png = await makeLargePng({ width: 4000, height: 3000 });
  const givenMb = await measure(
    png,
    `for (let time = 0; time < 3; time++) await new Bun.Image(bytes).resize(32).webp().bytes();
    Bun.gc(false);
    const before = process.memoryUsage.rss();
    Bun.gc(true);
    console.log((before - process.memoryUsage.rss()) / ${MIB});`,
  );
  expect(givenMb).toBeGreaterThan(30);
});
