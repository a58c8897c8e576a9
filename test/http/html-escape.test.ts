import { expect, test } from "bun:test";
import { escapeHtml, visibleText } from "../../src/http/html-escape.ts";

test("escapeHtml() leaves nothing that could begin or end markup or an attribute", () => {
  expect(escapeHtml(`<a href="x" title='y'>&amp;`)).toBe(
    "&lt;a href=&quot;x&quot; title=&#x27;y&#x27;&gt;&amp;amp;",
  );
  expect(escapeHtml("файл 🍉")).toBe("файл 🍉");
});

test.each([
  ["a\nb\r\tc", "a␊b␍␉c"],
  ["\0", "␀"],
  ["\x7f", "␡"],
  ["\x1b[31m", "␛[31m"],
  ["\x85\x9b", "��"],
  // Trojan Source, CVE-2021-42574.
  ["photo\u202egpj.exe", "photo�gpj.exe"],
  ["\u2066a\u2069\u200f", "�a��"],
  ["a\u2028b\u2029c", "a�b�c"],
  // Half a character is none in UTF-8.
  ["a\ud800b\udc00", "a�b�"],
  ["zero\u200bwidth\ufeff", "zero�width�"],
  // Emoji and Persian are written with joiners.
  ["👨‍👩‍👧", "👨‍👩‍👧"],
  ["می‌خواهم", "می‌خواهم"],
  ["plain name.txt", "plain name.txt"],
])("visibleText() shows %j as %j", (name, shown) => {
  expect(visibleText(name)).toBe(shown);
});
