import { writeFileSync } from "node:fs";
import { request } from "../helpers/raw-http.ts";
import type { Tree } from "../helpers/tree.ts";
import type { Attack } from "./attack.ts";
import { someAtOnce } from "./clients.ts";

const FILES = 250;
const FILE_BYTES = 900_000;
const ROUNDS = 4;

function fill(tree: Tree): void {
  for (let index = 0; index < FILES; index++) {
    writeFileSync(tree.at(`${index}.bin`), Buffer.alloc(FILE_BYTES, `${index},`));
  }
}

function askInTurn(name: string, width: number): Attack {
  return {
    row: "D7",
    name,
    fill,
    run: async ({ port }) => {
      let isKept = true;
      await someAtOnce(FILES * ROUNDS, width, async (index) => {
        const { body } = await request(port, "GET", `/${index % FILES}.bin`);
        isKept &&= body.length === FILE_BYTES;
      });
      return { seen: isKept ? "all came" : "some came cut", isKept };
    },
  };
}

/** More files than the content cache has room for. */
export const THRASH_ATTACKS: readonly Attack[] = [
  askInTurn("250 files of 900 KB in turn, four rounds", 1),
  askInTurn("the same, eight clients at once", 8),
];
