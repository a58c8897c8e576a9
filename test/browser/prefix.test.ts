import { expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, follow, isBrowserMissing, openPage, until } from "../helpers/browser.ts";
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

test.skipIf(isBrowserMissing).each(PREFIXES)(
  "B5 below %s the index, an error and the test page find theirs, and the echo answers",
  async (prefix) => {
    using tree = makeTree({ "a dir/below/file.txt": "file" });
    await using server = startTestServer({ directory: tree.path });
    await using proxy = await startPrefixProxy(server.port, prefix);
    const index = `${proxy.origin}${prefix.replace(/\/?$/, "/")}`;
    using page = openPage(DESKTOP);
    const { view, complaints } = page;

    await view.navigate(index);
    const redirected = await view.evaluate(`fetch("a%20dir?x").then(({ url }) => url)`);
    expect(redirected).toBe(`${index}a%20dir/?x`);
    await follow(view, 'a[href="./a%20dir/"]');
    await follow(view, 'a[href="./below/"]');
    await until(view, IS_STYLED);
    await until(view, `!document.querySelector("#filter").hidden`); // its script runs
    await follow(view, "#up");
    expect(view.url).toBe(`${index}a%20dir/`);
    await follow(view, "nav a");
    expect(view.url).toBe(index);
    expect(complaints).toEqual([]);

    using lost = openPage(DESKTOP);
    await lost.view.navigate(`${index}no/such/file`);
    await until(lost.view, IS_STYLED);
    await follow(lost.view, "main a");
    expect(lost.view.url).toBe(index);

    using workbench = await openWorkbench(index.slice(0, -1), DESKTOP);
    await until(workbench.view, IS_STYLED);
    expect(await workbench.valueOf("#url")).toBe(`${index.replace("http", "ws")}websocket`);
    await workbench.connect();
    await workbench.send("below the prefix");
    await workbench.untilReceived(1);
    expect(await workbench.payloads("received")).toEqual(["below the prefix"]);
    await follow(workbench.view, "a.back");
    expect(workbench.view.url).toBe(index);
    expect(workbench.page.complaints).toEqual([]);
  },
);
