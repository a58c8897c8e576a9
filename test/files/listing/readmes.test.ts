import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Readmes } from "../../../src/files/listing/readmes.ts";
import { Slices } from "../../../src/files/slices/slices.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";

setDefaultTimeout(PATIENCE_MS);

const KIB = 1024;

function setUp() {
  const readmes = new Readmes({ logError: () => undefined });
  const slices = new Slices();
  const render = (markdown: string, etag = `"${Bun.hash(markdown)}"`) =>
    slices.run(readmes.render({ markdown, bytes: markdown.length, etag }));
  return { readmes, render, [Symbol.dispose]: () => readmes[Symbol.dispose]() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("D2 Readmes", () => {
  test("renders short texts at once, and 8 KiB of them in a turn", async () => {
    using its = setUp();
    const texts = ["a", "b", "c"].map((letter) => `${letter} `.repeat(2 * KIB));
    const results = texts.map((text) => its.render(text));
    expect(results.map((result) => typeof result)).toEqual(["string", "string", "object"]);
    await turn();
    expect(its.render("d ".repeat(2 * KIB))).toBeString();
    expect(await results[2]).toContain("c c c");
  });

  test("renders a long text elsewhere, once, and keeps it by its ETag", async () => {
    using its = setUp();
    const text = "words ".repeat(KIB);
    const [first, second] = [its.render(text), its.render(text)];
    expect(first).toBeInstanceOf(Promise);
    expect(await second).toBe((await first) ?? "");
    // Known texts are answered at once, as requests that are sent ahead need it.
    expect(its.render("another text", `"${Bun.hash(text)}"`)).toBe((await first) ?? "");
  });

  test("shows a text that makes too much HTML as it is", () => {
    using its = setUp();
    const table = `|${"a|".repeat(99)}\n|${"-|".repeat(99)}\n${"|<\n".repeat(KIB)}`;
    expect(its.render(table)).toStartWith("<pre>|a|a");
    expect(its.render(table)).toContain("|&lt;\n|&lt;");
  });
});
