import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { DESKTOP, inEngines, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench, type Workbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const HOSTILE = "<img src=x onerror=document.title='owned'>";
const JSON_TEXT = `{"a":[1,12345678901234567890],"${HOSTILE}":"<b>","t":true}`;

const { server } = useTestServer();

const SHOWN = `[...document.querySelectorAll("#log li:not([hidden]) .payload")].map((one) => one.textContent)`;
const LAST = "#log li:last-child";

inEngines(({ open, downloads }) => {
  /** A workbench whose log has what was sent, and its echoes. */
  async function openWith(...messages: string[]): Promise<Workbench> {
    const bench = await openWorkbench(open, server.origin, DESKTOP);
    await bench.connect();
    for (const [index, message] of messages.entries()) {
      await bench.send(message);
      await bench.untilReceived(index + 1);
    }
    const rows = 2 + 2 * messages.length;
    await until(bench.page, `document.querySelectorAll("#log li").length === ${rows}`);
    return bench;
  }

  describe("the filter", () => {
    test.each([
      ["B 1", "all", ["b 1", "b 1"]],
      ["/^b/", "all", ["b 1", "b 1"]],
      ["/^B \\d$/i", "sent", ["b 1"]],
      ["", "received", ["a", "b 1"]],
      ["", "messages", ["a", "a", "b 1", "b 1"]],
      ["connecting", "info", [expect.stringContaining("Connecting")]],
    ])("%j among %s leaves its entries", async (filter, show, wanted) => {
      await using bench = await openWith("a", "b 1");
      await bench.fill("#filter", filter);
      await bench.choose("#log-show", show);
      const first = show === "info" ? "Connecting" : String(wanted[0]);
      await until(
        bench.page,
        `${SHOWN}.length === ${wanted.length} && ${SHOWN}[0].startsWith(${JSON.stringify(first)})`,
      );
      expect((await bench.page.evaluate(SHOWN)) as string[]).toEqual(wanted);
      expect(await bench.textOf("#log-count")).toBe(`${wanted.length} of 6 entries`);
      expect(await bench.page.complaints()).toEqual([]);
    });

    test("goes for what comes later, and for what is copied", async () => {
      await using bench = await openWith("old");
      await bench.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
      await bench.fill("#filter", "/new/");
      await until(bench.page, `!document.querySelector("#no-match").hidden`);
      await bench.send("new");
      await bench.send("other");
      await bench.untilReceived(3);
      await until(bench.page, `${SHOWN}.length === 2`);
      await bench.click("#copy");
      await until(bench.page, "window.copied");
      expect(String(await bench.page.evaluate("copied")).split("\n")).toHaveLength(2);
    });

    test("says what is wrong with an expression, and hides nothing", async () => {
      await using bench = await openWith("a");
      await bench.fill("#filter", "/(/");
      await until(bench.page, `document.querySelector("#filter-fault").textContent !== ""`);
      await until(bench.page, `${SHOWN}.length === 4`); // they are drawn at the next frame
    });

    test("gives up an expression that takes for ever, and the page stays alive", async () => {
      await using bench = await openWith(`${"a".repeat(60)}!`);
      // Each "a" doubles the ways in which it may fail.
      await bench.fill("#filter", "/^(a+)+(a+)+(a+)+$/");
      await until(bench.page, `document.querySelector("#filter-fault").textContent !== ""`);
      expect(await bench.textOf("#filter-fault")).toBe("This expression takes too long.");
      expect((await bench.page.evaluate(SHOWN)) as string[]).toHaveLength(4);
    });
  });

  describe("a row", () => {
    test("of JSON opens indented and in colors, and as text only", async () => {
      await using bench = await openWith(JSON_TEXT);
      await bench.click(`${LAST} .open`);
      const shown = await bench.textOf(`${LAST} .payload`);
      expect(shown).toContain(`{\n  "a": [\n    1,\n    12345678901234567890\n  ],\n  "<img`);
      const colored = `[...document.querySelectorAll("${LAST} .payload span")].map((one) => one.className)`;
      expect(await bench.page.evaluate(colored)).toEqual([
        ...["json-key", "json-number", "json-number"],
        ...["json-key", "json-string", "json-key", "json-word"],
      ]);
      expect(await bench.page.evaluate(`document.querySelector("#log img, #log b")`)).toBeNull();
      await bench.click(`${LAST} .open`);
      expect(await bench.textOf(`${LAST} .payload`)).toBe(JSON_TEXT);
    });

    test("is shown as text, JSON or hex", async () => {
      await using bench = await openWith("[1]");
      await bench.click(`${LAST} .open`);
      const forms = `[...document.querySelectorAll("${LAST} .forms button")]
        .map((one) => one.textContent + (one.ariaPressed === "true" ? "!" : ""))`;
      expect(await bench.page.evaluate(forms)).toEqual(["Text", "JSON!", "Hex"]);
      await bench.click(`${LAST} [data-form="hex"]`);
      expect(await bench.page.evaluate(forms)).toEqual(["Text", "JSON", "Hex!"]);
      expect(await bench.textOf(`${LAST} .payload`)).toStartWith("0000  5b 31 5d");
      await bench.click(`${LAST} [data-form="text"]`);
      expect(await bench.textOf(`${LAST} .payload`)).toBe("[1]");
      const focused = `document.activeElement.dataset.form`;
      expect(await bench.page.evaluate(focused)).toBe("text");
    });

    test("of what is no JSON has no such form", async () => {
      await using bench = await openWith("{1}");
      await bench.click(`${LAST} .open`);
      const forms = `[...document.querySelectorAll("${LAST} .forms button")].map((one) => one.dataset.form)`;
      expect(await bench.page.evaluate(forms)).toEqual(["text", "hex"]);
    });

    test("of a long message is cut, and opens whole", async () => {
      const long = "0123456789".repeat(100);
      await using bench = await openWith(long);
      expect(await bench.textOf(`${LAST} .payload`)).toBe(
        `${long.slice(0, 512)}\n… 488 bytes more`,
      );
      await bench.click(`${LAST} .open`);
      expect(await bench.textOf(`${LAST} .payload`)).toBe(long);
    });
  });

  test("Save writes the log as JSON lines", async () => {
    await using bench = await openWith("hello", "ß");
    await bench.choose("#format", "hex");
    await bench.send("00 ff");
    await bench.untilReceived(3);
    await bench.choose("#log-show", "messages");
    await until(bench.page, `${SHOWN}.length === 6`);
    const directory = await downloads();
    for (const name of savedLogs(directory)) rmSync(join(directory, name));
    const saved = untilSaved(directory);
    await bench.click("#save-log");
    const lines = (await saved).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { direction: "sent", type: "text", size: 5, text: "hello" },
      { direction: "received", type: "text", text: "hello", roundTripMs: expect.any(Number) },
      { direction: "sent", text: "ß" },
      { direction: "received", text: "ß" },
      { direction: "sent", type: "binary", size: 2, base64: "AP8=" },
      { direction: "received", type: "binary", base64: "AP8=" },
    ]);
    expect(await bench.page.complaints()).toEqual([]);
  });

  test("E11 news is read aloud once, and a flood as one sentence", async () => {
    await using bench = await openWith("first");
    await until(bench.page, `document.querySelector("#news").textContent.includes("first")`);
    await bench.run(`
      window.said = [];
      new MutationObserver(() => said.push(document.querySelector("#news").textContent))
        .observe(document.querySelector("#news"), { childList: true });`);
    await bench.send("hello");
    await until(bench.page, "said.length === 1");
    expect(await bench.page.evaluate("said")).toEqual(["Received hello"]);
    await bench.fill("#burst-count", "5000");
    await bench.click("#burst-start");
    await bench.untilLogged("5,000 of 5,000");
    await until(bench.page, `said.at(-1).includes("5,000 of 5,000")`);
    expect((await bench.page.evaluate("said")) as string[]).toSatisfy((said) => said.length <= 3);
    const live = `[...document.querySelectorAll("[aria-live], [role=status], [role=log], [role=alert], output")]
      .map((one) => one.id || one.className)`;
    expect(await bench.page.evaluate(live)).toEqual(["status", "error", "filter-fault", "news"]);
  });
});

function savedLogs(directory: string): string[] {
  return readdirSync(directory).filter((name) => /^websocket-.*\.jsonl$/.test(name));
}

/** Resolves with a saved log, once it is there and whole. */
async function untilSaved(directory: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const look = () => {
    const [name] = savedLogs(directory);
    const text = name === undefined ? "" : readFileSync(join(directory, name), "utf8");
    if (text.endsWith("}\n")) resolve(text);
  };
  const watcher = watch(directory, look);
  return promise.finally(() => watcher.close());
}
