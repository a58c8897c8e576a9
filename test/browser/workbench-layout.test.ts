import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, PHONE, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const UNFOLD = `for (const part of document.querySelectorAll("details")) part.open = true`;

let echo: string;
const { server } = useTestServer();

beforeAll(() => {
  echo = `${server.origin.replace("http", "ws")}/websocket`;
});

inEngines(({ engine, open }) => {
  describe("the layout", () => {
    const isNarrow = "document.documentElement.scrollWidth <= innerWidth";

    test.each([DESKTOP, PHONE])(
      "does not scroll sideways at %p, unfolded and full",
      async (size) => {
        await using bench = await openWorkbench(open, server.origin, size);
        expect(await bench.page.evaluate(isNarrow)).toBe(true);
        await bench.fill("#url", `${echo}?greet=${"long".repeat(60)}`);
        await bench.run(UNFOLD);
        await bench.connect();
        await bench.send("unbroken".repeat(100));
        await bench.untilReceived(1);
        await bench.untilLogged("unbroken");
        expect(await bench.page.evaluate(isNarrow)).toBe(true);
      },
    );

    /** What can be pressed or filled in, and is too small for a finger (WCAG 2.5.8). */
    const small = `[...document.querySelectorAll("button, input, select, textarea, summary, a")]
      .filter((one) => one.checkVisibility())
      .map((one) => [one.id || one.textContent, (one.closest("label") ?? one).getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 24 || height < 24)
      .map(([name, { width, height }]) => [name, width, height].join(" "))`;

    test.each([DESKTOP, PHONE])("E11 every target has 24 px and more at %p", async (size) => {
      await using bench = await openWorkbench(open, server.origin, size);
      expect(await bench.page.evaluate(small)).toEqual([]);
      await bench.run(UNFOLD);
      await bench.fill("#message", "[1]");
      await bench.fill("#saved-name", "m");
      await bench.click("#save");
      await bench.connect();
      await bench.click("#send");
      await bench.untilReceived(1);
      await until(bench.page, `document.querySelectorAll("#log .open").length === 2`);
      await bench.click("#log li:last-child .open");
      expect(await bench.page.evaluate(small)).toEqual([]);
    });

    test("E11 on a phone come state, address, message and log, and the burst after them", async () => {
      await using bench = await openWorkbench(open, server.origin, PHONE);
      const tops = `["state", "url", "message", "log", "burst-count", "chart"]
        .map((id) => document.getElementById(id).getBoundingClientRect().top)`;
      const places = (await bench.page.evaluate(tops)) as number[];
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places[3]).toBeLessThan(PHONE.height);
    });

    test.skipIf(!engine.emulates)("E11 forced colors show the bars and the state", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.page.emulate({ forcedColors: true });
      await bench.connect();
      await bench.send("a");
      await bench.untilReceived(1);
      const bar = `#histogram div:not([data-empty]) i`;
      await until(bench.page, `document.querySelector("${bar}")`);
      const colors = `[["${bar}", null], ["#state", "::before"]].map(([selector, pseudo]) =>
        getComputedStyle(document.querySelector(selector), pseudo).backgroundColor !==
        getComputedStyle(document.body).backgroundColor)`;
      expect(await bench.page.evaluate(colors)).toEqual([true, true]);
    });

    // Elsewhere nothing can be evaluated in such a page.
    test.skipIf(engine.name !== "Chromium")(
      "E11 without scripts there is the notice alone",
      async () => {
        await using page = await open(DESKTOP, { withoutScripts: true });
        await page.goto(`${server.origin}/test.html`);
        const shown = `[...document.querySelectorAll("main, .status, .notice")]
        .filter((one) => one.checkVisibility()).map((one) => one.className || one.localName)`;
        expect(await page.evaluate(shown)).toEqual(["notice"]);
      },
    );

    test("keys alone connect and send, and show where they are", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      const tabTo = async (id: string) => {
        const focused = "document.activeElement.id";
        while ((await bench.page.evaluate(focused)) !== id) {
          await bench.page.press("Tab");
          const outline = "getComputedStyle(document.activeElement).outlineStyle";
          expect(await bench.page.evaluate(outline)).toBe("solid");
        }
      };
      await tabTo("url");
      await bench.page.press("Enter");
      await until(bench.page, `!document.querySelector("#send").disabled`);
      await tabTo("message");
      await bench.page.type("by keys");
      await bench.page.press("Enter");
      await bench.untilReceived(1);
      await tabTo("burst-start");
      await bench.page.press("Enter");
      await bench.untilLogged("1,000 of 1,000 echoes");
    });

    test.skipIf(!engine.emulates)("nothing moves for those who asked for less motion", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.run(`document.querySelector("#state").dataset.state = "connecting"`);
      const animation = `getComputedStyle(document.querySelector("#state"), "::before").animationName`;
      expect(await bench.page.evaluate(animation)).toBe("breathe");
      await bench.page.emulate({ reducedMotion: true });
      expect(await bench.page.evaluate(animation)).toBe("none");
    });

    test("every control has a name", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      const nameless = `[...document.querySelectorAll("input, select, textarea, button, progress")]
      .filter((one) => !one.labels?.length && !one.ariaLabel && !one.textContent.trim())
      .map((one) => one.id)`;
      expect(await bench.page.evaluate(nameless)).toEqual([]);
    });
  });
});
