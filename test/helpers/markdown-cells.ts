/** The cells of a Markdown table, for tests: its head and its rows, without the rule between them. */
export function cellsOf(table: string): string[][] {
  const lines = table.trimEnd().split("\n");
  return lines
    .filter((_, index) => index !== 1)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
