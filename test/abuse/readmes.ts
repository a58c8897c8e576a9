import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "../helpers/raw-http.ts";
import type { Tree } from "../helpers/tree.ts";
import type { Attack } from "./attack.ts";
import { allAtOnce, tally } from "./clients.ts";

const BROWSER = { Accept: "text/html" };

const BYTES = 128 * 1024;

/** The head of a table of many columns. */
const COLUMNS = `|${"a|".repeat(127)}\n|${"-|".repeat(127)}\n`;

/** READMEs of 128 KiB that are slow to render, or large when they are. */
const READMES: readonly string[] = [
  "_www.".repeat(BYTES / 5),
  "\\``a".repeat(BYTES / 4),
  COLUMNS + "|\n".repeat((BYTES - COLUMNS.length) / 2),
  ">".repeat(BYTES),
  "[a](b) ".repeat(BYTES / 7),
  "- [x] a\n".repeat(BYTES / 8),
];

/** The ways in which each of them is asked for. */
const QUERIES = ["", "?sort=size", "?sort=time", "?order=desc"] as const;

function fill(tree: Tree): void {
  for (const [index, readme] of READMES.entries()) put(tree, `${index}`, readme);
  // Short ones are rendered at once: as many as a client may ask for in one turn.
  for (let index = 0; index < 64; index++) {
    put(tree, `short${index}`, `${index}${"_www.".repeat(815)}`);
  }
}

function put(tree: Tree, directory: string, readme: string): void {
  mkdirSync(tree.at(directory));
  writeFileSync(tree.at(`${directory}/README.md`), readme);
}

/** Everything that makes the server render Markdown. */
export const README_ATTACKS: readonly Attack[] = [
  {
    row: "D2",
    name: "six READMEs of 128 KiB at four addresses",
    fill,
    run: async ({ port }) => {
      const answers = await allAtOnce(READMES.length * QUERIES.length, (index) => {
        const query = QUERIES[Math.floor(index / READMES.length)] ?? "";
        return request(port, "GET", `/${index % READMES.length}/${query}`, BROWSER);
      });
      return { seen: tally(answers), isKept: answers.every(({ status }) => status === 200) };
    },
  },
  {
    row: "D2",
    name: "64 READMEs of 4 KiB at once",
    fill,
    run: async ({ port }) => {
      const answers = await allAtOnce(64, (index) =>
        request(port, "GET", `/short${index}/`, BROWSER),
      );
      return { seen: tally(answers), isKept: answers.every(({ status }) => status === 200) };
    },
  },
];
