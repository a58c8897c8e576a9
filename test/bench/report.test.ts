import { describe, expect, test } from "bun:test";
import {
  formatCount,
  formatMicroseconds,
  formatMilliseconds,
  formatRatio,
  renderTable,
  replaceReport,
} from "./report.ts";

test("renderTable() aligns its columns, all but the first to the right", () => {
  const table = renderTable(
    ["case", "figure"],
    [
      ["a", "1"],
      ["longer", "1,234,567"],
    ],
  );
  expect(table).toBe(
    "| case   |    figure |\n| ------ | --------: |\n| a      |         1 |\n| longer | 1,234,567 |\n",
  );
});

describe("figures", () => {
  test.each([
    [formatCount, undefined, "–"],
    [formatCount, 1234.5, "1,235"],
    [formatMicroseconds, undefined, "–"],
    [formatMicroseconds, 9.94, "9.9"],
    [formatMicroseconds, 1500.4, "1,500"],
    [formatMilliseconds, undefined, "–"],
    [formatMilliseconds, 0.054, "0.05"],
    [formatMilliseconds, 1.26, "1.3"],
    [formatMilliseconds, 123.4, "123"],
  ])("%p(%p) is %s", (format, figure, text) => expect(format(figure)).toBe(text));

  test("formatRatio() has a dash where there is nothing to compare with", () => {
    expect([formatRatio(9, 10), formatRatio(9, undefined)]).toEqual(["0.90", "–"]);
  });
});

describe("replaceReport()", () => {
  const readme = "before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n";

  test.each(["no markers", "<!-- /bench -->\n<!-- bench -->\n", "<!-- echo-bench -->\n"])(
    "replaces nothing in %j",
    (text) => expect(replaceReport(text, "bench", "new")).toBeUndefined(),
  );

  test("replaces what is between the markers of that name, the same each time", () => {
    const replaced = replaceReport(readme, "bench", "new\n");
    expect(replaced).toBe("before\n<!-- bench -->\n\nnew\n\n<!-- /bench -->\nafter\n");
    expect(replaceReport(replaced ?? "", "bench", "new\n")).toBe(replaced);
  });
});
