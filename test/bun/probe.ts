import { test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { readTable, type Row } from "./table.ts";

/** How long, in milliseconds, a probe may wait for what Bun no longer does; no other waits for so long. */
const DEADLINE_MS = PATIENCE_MS / 4;

const ROWS: ReadonlyMap<string, Row> = new Map(readTable().map((row) => [row.name, row]));

/** Where a probe does not run. */
export interface ProbeOptions {
  /** The system has not what it takes to look. */
  readonly skip?: boolean;
}

/**
 * Asserts what a row of the table in `src/README.md` says of Bun. When the assertion fails, the
 * message names the code that may go, or that has lost its ground.
 *
 * @param name of the row
 * @param check throws, or never settles, when Bun behaves otherwise
 */
export function probe(name: string, check: () => unknown, { skip = false }: ProbeOptions = {}) {
  const row = ROWS.get(name);
  const title = `${name}: Bun ${row?.behaviour ?? "has no such row"}`;
  const look = async () => {
    if (row === undefined) throw new Error(`src/README.md has no row ${name}`);
    try {
      await withDeadline(check);
    } catch (error) {
      throw new Error(explain(row, error), { cause: error });
    }
  };
  test.skipIf(skip)(title, look, PATIENCE_MS);
}

/** What to do now that a row is no longer true. */
export function explain({ name, kind, behaviour, files }: Row, error: unknown): string {
  const advice =
    kind === "worked-around"
      ? `remove the workaround in ${files.join(" and ")}`
      : `${files.join(" and ")} may be wrong now, as it relies on that`;
  const found = error instanceof Error ? error.message : String(error);
  return `Bun ${Bun.version} no longer does this: "Bun ${behaviour}". So ${advice} (row ${name}).\n${found}`;
}

async function withDeadline(check: () => unknown): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`nothing happened in ${DEADLINE_MS} ms`)),
    DEADLINE_MS,
  );
  try {
    await Promise.race([check(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
