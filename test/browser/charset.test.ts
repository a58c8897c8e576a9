import { expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines } from "../helpers/browser.ts";
import { ENCODED_TEXTS } from "../helpers/encoded-texts.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

inEngines(({ open }) => {
  test.each(ENCODED_TEXTS)(
    "A5 a page in $encoding is read as it was written",
    async ({ encoding, text, bytes }) => {
      const declared = Buffer.from(`<!doctype html><meta charset="${encoding}"><title>x</title>`);
      const head = encoding.startsWith("utf-16") ? Buffer.alloc(0) : declared;
      using tree = makeTree({ "page.html": Buffer.concat([head, bytes]) });
      await using server = startTestServer({ directory: tree.path });
      await using page = await open(DESKTOP);
      await page.goto(`${server.origin}/page.html`);
      expect(await page.evaluate("document.body.textContent.trim()")).toBe(text);
    },
  );
});
