import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { DESKTOP, inEngines, PHONE } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { describeTree, unpack } from "../helpers/unpack.ts";

setDefaultTimeout(PATIENCE_MS);

inEngines(({ open, downloads }) => {
  test.each([DESKTOP, PHONE])(
    "the link on the index downloads the directory under its own name, at %o",
    async (size) => {
      using tree = makeTree({ "фото 1/cat.txt": "a cat", "фото 1/sub/dog.txt": "a dog" });
      await using server = startTestServer({ directory: tree.path });
      await using page = await open(size);
      await page.goto(`${server.origin}/${encodeURIComponent("фото 1")}/`);
      const saved = join(await downloads(), "фото 1.tar.gz");
      rmSync(saved, { force: true });
      const whole = untilWhole(saved);
      await page.click(".download");
      await whole;
      using unpacked = unpack(readFileSync(saved), "tar.gz");
      expect(describeTree(unpacked.path)).toEqual(describeTree(tree.path));
      expect(await page.complaints()).toEqual([]);
    },
  );
});

/** Resolves once an archive is complete. Until then there is none of its name, or one that is cut off. */
async function untilWhole(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(dirname(path), () => {
    if (isWhole(path)) resolve();
  });
  await promise.finally(() => watcher.close());
}

function isWhole(path: string): boolean {
  try {
    return gunzipSync(readFileSync(path)).length > 0;
  } catch {
    return false;
  }
}
