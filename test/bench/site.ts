import { randomBytes } from "node:crypto";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { makeTree, type Tree } from "../helpers/tree.ts";
import { HUGE_BYTES, HUGE_PATH, MANY_ENTRIES, MANY_PATH, SIZED_FILES } from "./cases.ts";

/** The directory with the served files, and with room for files of a server itself. */
export interface Site extends Tree {
  readonly files: string;
}

/** Makes the files that are served. */
export function makeSite(): Site {
  // Random, so that nothing is compressed.
  const entries = SIZED_FILES.map(
    ({ path, bytes }) => [`files${path}`, randomBytes(bytes)] as const,
  );
  const tree = makeTree({ ...Object.fromEntries(entries), [`files${HUGE_PATH}`]: "" });
  truncateSync(tree.at(`files${HUGE_PATH}`), HUGE_BYTES); // sparse: it takes no room on the disk
  const many = tree.at(`files${MANY_PATH}`);
  mkdirSync(many);
  for (let entry = 1; entry <= MANY_ENTRIES; entry++) {
    writeFileSync(`${many}/report ${entry} of the year.txt`, "a line\n");
  }
  return { ...tree, files: tree.at("files") };
}
