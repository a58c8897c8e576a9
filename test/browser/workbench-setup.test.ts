import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, follow, inEngines, until, type Page } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench, type Workbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

let echo: string;
const { server } = useTestServer();

beforeAll(() => {
  echo = `${server.origin.replace("http", "ws")}/websocket`;
});

/** Every text field of the page, and what somebody may have left there. */
const FIELDS: Readonly<Record<string, string>> = {
  "bench-delay": "20",
  // No close code yet, so it is not in the address.
  "bench-reason": "so far",
  protocols: "chat",
  "close-code": "4321",
  "close-reason": "enough",
  message: "00 ff",
  "repeat-every": "77",
  "burst-count": "12",
  "burst-size": "34",
  "burst-rate": "56",
  "burst-flight": "7",
};

/** What browsers do to a page that they show again they do in the turns after `pageshow`. */
const SETTLED = `new Promise((resolve) =>
  requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => resolve(true)))))`;

/** All fields and folds of the page, by id. */
const SETUP = `Object.fromEntries(
  [...document.querySelectorAll("input[id]:not([type=file]), select[id], textarea[id], details[id]")]
    .map((field) => [field.id, field.open ?? (field.type === "checkbox" ? field.checked : field.value)]))`;

async function fillIn(bench: Workbench): Promise<unknown> {
  for (const [id, value] of Object.entries(FIELDS)) await bench.fill(`#${id}`, value);
  await bench.choose("#format", "hex");
  await bench.choose("#burst-type", "binary");
  await bench.click("#reconnect");
  await bench.click("#burst-panel summary");
  return bench.page.evaluate(SETUP);
}

async function settledSetup(page: Page): Promise<unknown> {
  await page.evaluate(SETTLED);
  return page.evaluate(SETUP);
}

inEngines(({ open }) => {
  describe("E10 the set-up survives", () => {
    test("a reload, Back and Forward, and a visit by way of the index", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      const { page } = bench;
      const setup = await fillIn(bench);
      expect(setup).toMatchObject({ ...FIELDS, url: `${echo}?delay=20`, "burst-panel": false });
      await page.reload();
      expect(await settledSetup(page)).toEqual(setup);
      expect(await bench.textOf("#bench-summary")).toBe("delay 20");
      expect(await bench.textOf("#options-summary")).toBe("chat · 4321");
      expect(await bench.textOf("#message-size")).toBe("2 B");
      await follow(page, "a.back");
      await page.back();
      expect(await settledSetup(page)).toEqual(setup);
      await follow(page, "a.back");
      await page.leave(() => bench.run(`location.href = "test.html"`));
      expect(await settledSetup(page)).toEqual(setup);
      await page.back();
      await page.forward();
      expect(await settledSetup(page)).toEqual(setup);
      expect(await page.complaints()).toEqual([]);
    });

    test("with what the page itself has changed", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.send("sent");
      await bench.page.reload();
      expect(await settledSetup(bench.page)).toMatchObject({ message: "" });
    });
  });

  describe("Copy link", () => {
    test("makes a link that carries the set-up to another tab, and no message", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
      await fillIn(bench);
      await bench.click("#copy-link");
      await until(bench.page, "window.copied");
      const link = String(await bench.page.evaluate("copied"));
      expect(link).toBe(
        `${server.origin}/test.html#url=${echo}?delay%3D20&protocols=chat&messages=12&bytes=34&rate=56&flight=7&as=binary`,
      );
      await using other = await openWorkbench(open, server.origin, DESKTOP);
      const { page } = other;
      await other.fill("#message", "my own");
      await other.fill("#bench-jitter", "5");
      await follow(page, "a.back");
      await page.leave(() => other.run(`location.href = ${JSON.stringify(link)}`));
      const { url, protocols, message, ...others } = (await settledSetup(page)) as Record<
        string,
        string
      >;
      expect({ url, protocols, message }).toEqual({
        url: `${echo}?delay=20`,
        protocols: "chat",
        message: "my own",
      });
      expect(others).toMatchObject({ "bench-delay": "20", "bench-jitter": "", "burst-rate": "56" });
      expect(await page.url()).toBe(`${server.origin}/test.html`);
      await other.fill("#burst-rate", "9");
      await page.reload();
      expect(await settledSetup(page)).toMatchObject({ "burst-rate": "9" });
      await other.run(`location.hash = "#rate=8"`);
      await until(page, `document.querySelector("#burst-rate").value === "8"`);
      expect(await settledSetup(page)).toMatchObject({ url: echo, "bench-delay": "" });
    });
  });
});
