import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The project's own directory. */
export const PROJECT = resolve(import.meta.dir, "../..");

/** Where the table is; paths in it are relative to its directory. */
const TABLE = "src/README.md";
const TABLE_DIRECTORY = "src";
const SECTION = "## What Bun decides for us";

/** What becomes of our code when Bun no longer does what a row says, by the heading above the row. */
const KINDS: ReadonlyMap<string, RowKind> = new Map([
  ["### Worked around", "worked-around"],
  ["### Relied on", "relied-on"],
]);

type RowKind = "worked-around" | "relied-on";

/** A behaviour of Bun that our code depends on. */
export interface Row {
  /** A short key, which comments refer to as `(Bun: key)`. */
  readonly name: string;
  readonly kind: RowKind;
  /** One sentence whose subject is not named: "cuts a 200 …". */
  readonly behaviour: string;
  /** The version of Bun in which it was seen. */
  readonly version: string;
  /** The files that work around it or rely on it, as paths from the project. */
  readonly files: readonly string[];
  /** The file that has the probe, as a path from the project. */
  readonly probe: string;
}

/** Reads the table of `src/README.md`. */
export function readTable(): Row[] {
  return parseTable(readFileSync(join(PROJECT, TABLE), "utf8"));
}

/**
 * Parses the rows below "What Bun decides for us".
 *
 * @throws for a row that has not five columns, or stands below no heading that says its kind
 */
export function parseTable(markdown: string): Row[] {
  const [, section = ""] = markdown.split(`${SECTION}\n`);
  const rows: Row[] = [];
  let kind: RowKind | undefined;
  for (const line of section.split("\n")) {
    if (line.startsWith("## ")) break;
    if (line.startsWith("### ")) kind = KINDS.get(line);
    else if (line.startsWith("| `")) rows.push(parseRow(line, kind));
  }
  return rows;
}

function parseRow(line: string, kind: RowKind | undefined): Row {
  const cells = line.split(" | ").map((cell) => cell.replace(/^\| |\s*\|$/g, "").trim());
  const [name = "", behaviour = "", version = "", files = "", probe = ""] = cells;
  if (cells.length !== 5 || kind === undefined) throw new Error(`no row of the table: ${line}`);
  const fromProject = (path: string) => join(TABLE_DIRECTORY, path);
  return {
    name: name.replaceAll("`", ""),
    kind,
    behaviour,
    version,
    files: Array.from(files.matchAll(/`([^`]+)`/g), ([, path = ""]) => fromProject(path)),
    probe: fromProject(/\]\(([^)]+)\)/.exec(probe)?.[1] ?? ""),
  };
}
