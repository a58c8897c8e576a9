/** A measured case: medians in µs of CPU time a request, by server. */
export interface Row {
  readonly label: string;
  readonly meerkat: number;
  readonly nginx: number | undefined;
  /** Bun's own ceiling. */
  readonly static: number | undefined;
}

/** The middle of some figures, of which there is at least one. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** Renders the cases as a Markdown table. */
export function renderRows(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.label,
    formatMicroseconds(row.meerkat),
    formatMicroseconds(row.nginx),
    formatMicroseconds(row.static),
    formatRatio(row.meerkat, row.nginx),
    formatRatio(row.meerkat, row.static),
  ]);
  return renderTable(
    ["CPU-µs a request", "Meerkat", "nginx", "static `Response`", "of nginx", "of static"],
    cells,
  );
}

/** Renders a Markdown table, all columns but the first to the right. */
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

function formatMicroseconds(figure: number | undefined): string {
  if (figure === undefined) return "–";
  return figure < 1000 ? figure.toFixed(1) : Math.round(figure).toLocaleString("en");
}

function formatRatio(figure: number, other: number | undefined): string {
  return other === undefined ? "–" : (figure / other).toFixed(2);
}

/** Replaces what stands between the README's markers; `undefined` if they are not there. */
export function replaceReport(readme: string, report: string): string | undefined {
  const [start, end] = ["<!-- bench -->\n", "<!-- /bench -->"];
  const [from, to] = [readme.indexOf(start), readme.indexOf(end)];
  if (from === -1 || to < from) return undefined;
  return `${readme.slice(0, from + start.length)}\n${report}\n${readme.slice(to)}`;
}
