import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { isBrowserMissing, openPage, DESKTOP, PHONE } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { describeTree, unpack } from "../helpers/unpack.ts";

setDefaultTimeout(PATIENCE_MS);

test.skipIf(isBrowserMissing).each([DESKTOP, PHONE])(
  "the link on the index downloads the directory under its own name, at %o",
  async (size) => {
    using tree = makeTree({ "фото 1/cat.txt": "a cat", "фото 1/sub/dog.txt": "a dog" });
    using downloads = makeTree();
    await using server = startTestServer({ directory: tree.path });
    using page = openPage(size);
    const downloadPath = downloads.path;
    await page.view.navigate(`${server.origin}/${encodeURIComponent("фото 1")}/`);
    await page.view.cdp("Page.setDownloadBehavior", { behavior: "allow", downloadPath });
    await page.view.click(".download");
    // Until it is complete there is an empty file of this name.
    const saved = downloads.at("фото 1.tar.gz");
    while (!existsSync(saved) || statSync(saved).size === 0) await Bun.sleep(0);
    using unpacked = unpack(readFileSync(saved), "tar.gz");
    expect(describeTree(unpacked.path)).toEqual(describeTree(tree.path));
    expect(page.complaints).toEqual([]);
  },
);
