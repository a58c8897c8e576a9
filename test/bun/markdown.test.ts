import { expect } from "bun:test";
import { probe } from "./probe.ts";

const render = (markdown: string) => Bun.markdown.html(markdown, { autolinks: true });

probe("markdown-quotes", () => {
  expect(render(`[a](b 'c"d') ![e](f "g")`)).toBe(
    '<p><a href="b" title="c&quot;d">a</a> <img src="f" alt="e" title="g" /></p>\n',
  );
});

probe("markdown-references", () => {
  expect(render("[a](java&#x73;cript&colon;b)")).toContain('href="javascript:b"');
  expect(render(`[a](<?b&lt;c&d'e"f>)`)).toContain('href="?b%3Cc&amp;d&#x27;e%22f"');
});

/** CPU time that rendering takes, in microseconds. */
function cpuOf(markdown: string): number {
  const before = process.cpuUsage();
  render(markdown);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

probe("markdown-quadratic", () => {
  for (const unit of ["_www.", "\\``a"]) {
    // Four times as much: 4 times as long where time is linear, 16 times where it is quadratic.
    expect(cpuOf(unit.repeat(2000)) / cpuOf(unit.repeat(500))).toBeGreaterThan(8);
  }
});
