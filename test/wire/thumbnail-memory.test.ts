import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { utimesSync, writeFileSync } from "node:fs";
import { memoryMb } from "../helpers/memory.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { makeLargeJpeg, makeLargePng } from "../helpers/pictures.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { request } from "../helpers/raw-http.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

/** The size of a photo of 24 megapixels. */
const PHOTO = { width: 6000, height: 4000 };

const MAX_MEMORY_MB = 250;

/** How often each picture is decoded: what is left of one must not add to the next. */
const ROUNDS = 3;

const NAMES = ["baseline.jpg", "progressive.jpg", "a.png", "b.png"];

const tree = useTree();
let program: Program;
let port: number;

beforeAll(async () => {
  writeFileSync(tree.at("baseline.jpg"), await makeLargeJpeg(PHOTO));
  writeFileSync(tree.at("progressive.jpg"), await makeLargeJpeg(PHOTO, true));
  const png = await makeLargePng(PHOTO);
  for (const name of ["a.png", "b.png"]) writeFileSync(tree.at(name), png);
  program = runProgram([tree.path, "--port", "0", "--host", "127.0.0.1"]);
  port = portOf(await program.printed("REST"));
});

afterAll(() => program[Symbol.asyncDispose]());

test(`pictures of 24 megapixels, all at once, take less than ${MAX_MEMORY_MB} MB`, async () => {
  for (let round = 1; round <= ROUNDS; round++) {
    for (const name of NAMES) utimesSync(tree.at(name), round, round);
    const answers = await Promise.all(
      NAMES.map((name) => request(port, "GET", `/${name}?thumbnail`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  }
  const peakMb = memoryMb(program.pid, "VmHWM");
  console.log(`${ROUNDS} times four pictures of 24 megapixels: ${peakMb} MB at the peak`);
  expect(peakMb).toBeLessThan(MAX_MEMORY_MB);
});
