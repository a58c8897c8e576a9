import { cpus } from "node:os";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

/** The document with all figures. */
const BENCH_README = resolve(import.meta.dir, "README.md");

/** The document with the one table that the project's README shows. */
export const PROJECT_README = resolve(import.meta.dir, "../../README.md");

/** Renders a Markdown table with all columns but the first aligned to the right. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return `${[head, rule, ...rows].map(line).join("\n")}\n`;
}

/** The text of a missing figure in a table. */
const NOTHING = "–";

/** Formats a count, such as `1,234`. */
export function formatCount(figure: number | undefined): string {
  return figure === undefined ? NOTHING : Math.round(figure).toLocaleString("en");
}

/** Formats microseconds, such as `9.9`; from 1,000 on without a fraction. */
export function formatMicroseconds(figure: number | undefined): string {
  return figure !== undefined && figure < 1000 ? figure.toFixed(1) : formatCount(figure);
}

/** Formats milliseconds with two significant digits, such as `0.05`, `1.2` or `123`. */
export function formatMilliseconds(figure: number | undefined): string {
  if (figure === undefined || figure >= 10) return formatCount(figure);
  return figure.toFixed(figure < 1 ? 2 : 1);
}

/** Formats a ratio, such as `0.96`. */
export function formatRatio(figure: number | undefined, other: number | undefined): string {
  return figure === undefined || other === undefined ? NOTHING : (figure / other).toFixed(2);
}

/** Describes the date, the version of Bun and the machine of the figures. */
export function describeMachine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model.trim() ?? "unknown";
  return `${date}, Bun ${Bun.version}, ${cpus().length} cores of ${model}`;
}

/**
 * Puts a report into a document, between `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 * @throws if the document has no such markers
 */
export function writeReport(name: string, report: string, document = BENCH_README): void {
  const replaced = replaceReport(readFileSync(document, "utf8"), name, report);
  if (replaced === undefined) throw new Error(`${document} has no <!-- ${name} --> to write to`);
  writeFileSync(document, replaced);
}

/** Replaces the text between two markers; `undefined` if they are missing. */
export function replaceReport(text: string, name: string, report: string): string | undefined {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) return undefined;
  return `${text.slice(0, from + start.length)}\n${report.trimEnd()}\n\n${text.slice(to)}`;
}
