import { expect, test } from "bun:test";
import { median, renderRows, replaceReport } from "./report.ts";

test.each([
  [[3], 3],
  [[3, 1], 2],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])("median(%j) is %d", (figures, middle) => {
  expect(median(figures)).toBe(middle);
});

test("renderRows() shows figures, ratios, and a dash where there is nothing to compare with", () => {
  const rows = [
    { label: "1 KB", meerkat: 9, nginx: 10, static: 6 },
    { label: "404", meerkat: 1500.4, nginx: undefined, static: undefined },
  ];
  const [, , first = "", second = ""] = renderRows(rows).split("\n");
  const cellsOf = (line: string) =>
    line
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1);
  expect(cellsOf(first)).toEqual(["1 KB", "9.0", "10.0", "6.0", "0.90", "1.50"]);
  expect(cellsOf(second)).toEqual(["404", "1,500", "–", "–", "–", "–"]);
});

test("replaceReport() replaces what is between the markers, and nothing without them", () => {
  const readme = "before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n";
  const replaced = replaceReport(readme, "new\n");
  expect(replaced).toBe("before\n<!-- bench -->\n\nnew\n\n<!-- /bench -->\nafter\n");
  expect(replaceReport(replaced ?? "", "new\n")).toBe(replaced);
  expect(replaceReport("no markers", "new")).toBeUndefined();
});
