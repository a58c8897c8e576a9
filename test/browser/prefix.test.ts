import { expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, follow, inEngines, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startPrefixProxy } from "../helpers/prefix-proxy.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

/** As nginx has it: with a slash at the end of `location`, and without. */
const PREFIXES = ["/files/", "/a/b/c/", "/files"];

/** The sheet of a page came, and it is the right one. */
const IS_STYLED = `document.styleSheets[0]?.cssRules.length > 10`;

inEngines(({ open }) => {
  test.each(PREFIXES)(
    "B5 below %s the index, an error and the test page find theirs, and the echo answers",
    async (prefix) => {
      using tree = makeTree({ "a dir/below/file.txt": "file" });
      await using server = startTestServer({ directory: tree.path });
      await using proxy = await startPrefixProxy(server.port, prefix);
      const index = `${proxy.origin}${prefix.replace(/\/?$/, "/")}`;
      await using page = await open(DESKTOP);

      await page.goto(index);
      const redirected = await page.evaluate(`fetch("a%20dir?x").then(({ url }) => url)`);
      expect(redirected).toBe(`${index}a%20dir/?x`);
      await follow(page, 'a[href="./a%20dir/"]');
      await follow(page, 'a[href="./below/"]');
      await until(page, IS_STYLED);
      await until(page, `!document.querySelector("#help").hidden`); // its script runs
      await follow(page, "#up");
      expect(await page.url()).toBe(`${index}a%20dir/`);
      await follow(page, "nav a");
      expect(await page.url()).toBe(index);
      expect(await page.complaints()).toEqual([]);

      await page.goto(`${index}no/such/file`);
      await until(page, IS_STYLED);
      await follow(page, "main a");
      expect(await page.url()).toBe(index);

      await using workbench = await openWorkbench(open, index.slice(0, -1), DESKTOP);
      await until(workbench.page, IS_STYLED);
      expect(await workbench.valueOf("#url")).toBe(`${index.replace("http", "ws")}websocket`);
      await workbench.connect();
      await workbench.send("below the prefix");
      await workbench.untilReceived(1);
      expect(await workbench.payloads("received")).toEqual(["below the prefix"]);
      await follow(workbench.page, "a.back");
      expect(await workbench.page.url()).toBe(index);
      expect(await workbench.page.complaints()).toEqual([]);
    },
  );
});
