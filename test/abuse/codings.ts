import { writeFileSync } from "node:fs";
import { request } from "../helpers/raw-http.ts";
import type { Tree } from "../helpers/tree.ts";
import type { Attack, Target } from "./attack.ts";
import { allAtOnce, makeText, someAtOnce, tally } from "./clients.ts";

const BROWSER = { "Accept-Encoding": "gzip, deflate, br" };

const KB = 1000;

/** Long enough for the queue of codings to empty, in milliseconds: what is made late counts too. */
const AFTERWARDS_MS = 1000;

/** Other spellings of a name: the bits of a number tell which letters are escaped. */
export function spellingOf(name: string, number: number): string {
  return Array.from(name, (letter, index) =>
    (number >> index) & 1 ? `%${letter.charCodeAt(0).toString(16)}` : letter,
  ).join("");
}

function fillWithTexts(count: number, bytes: number) {
  return (tree: Tree) => {
    for (let index = 0; index < count; index++) {
      writeFileSync(tree.at(`${index}.txt`), makeText(bytes, index + 1));
    }
  };
}

async function head({ port }: Target, count: number, targetOf: (index: number) => string) {
  const answers = await allAtOnce(count, (index) =>
    request(port, "HEAD", targetOf(index), BROWSER),
  );
  await Bun.sleep(AFTERWARDS_MS);
  return { seen: tally(answers), isKept: answers.every(({ status }) => status === 200) };
}

/** Everything that makes the server compress. */
export const CODING_ATTACKS: readonly Attack[] = [
  {
    row: "D1",
    name: "HEAD of 100 texts of 100 KB, in brotli",
    fill: fillWithTexts(100, 100 * KB),
    run: (target) => head(target, 100, (index) => `/${index}.txt`),
  },
  {
    row: "D1",
    name: "HEAD of a text of 1 MB under 80 spellings",
    fill: (tree) => writeFileSync(tree.at("big.txt"), makeText(1000 * KB)),
    run: (target) => head(target, 80, (index) => `/${spellingOf("big.txt", index)}`),
  },
  {
    row: "D1",
    name: "GET of 100 texts of 1 MB, four rounds, each in another coding",
    fill: fillWithTexts(100, 1000 * KB),
    isLong: true,
    run: async ({ port }) => {
      const codings = ["br", "gzip", "zstd", "br;q=0.5"];
      await someAtOnce(400, 8, (index) => {
        const coding = codings[Math.floor(index / 100)] ?? "br";
        return request(port, "GET", `/${index % 100}.txt`, { "Accept-Encoding": coding });
      });
      await Bun.sleep(AFTERWARDS_MS);
      return { seen: "all answered", isKept: true };
    },
  },
];
