import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const HOSTILE = "<img src=x onerror=document.title='owned'>";

let echo: string;
const { server } = useTestServer();

beforeAll(() => {
  echo = `${server.origin.replace("http", "ws")}/websocket`;
});

inEngines(({ open }) => {
  describe("the test bench", () => {
    const controls = [
      { name: "delay", fill: { "#bench-delay": "20" }, query: "?delay=20" },
      { name: "jitter", fill: { "#bench-jitter": "5" }, query: "?jitter=5" },
      { name: "every", fill: { "#bench-every": "10" }, query: "?every=10" },
      { name: "greet", fill: { "#bench-greet": "hi & bye" }, query: "?greet=hi%20%26%20bye" },
      { name: "close", fill: { "#bench-close": "4000" }, query: "?close=4000" },
      {
        name: "reason",
        fill: { "#bench-close": "4000", "#bench-reason": "so, far" },
        query: "?close=4000,so,%20far",
      },
      {
        name: "after",
        fill: { "#bench-close": "4000", "#bench-after": "3" },
        query: "?close=4000&after=3",
      },
      // The page sends wrong values too, as the server refuses them.
      { name: "delay", fill: { "#bench-delay": "soon" }, query: "?delay=soon" },
    ];

    test.each(controls)("$name becomes $query", async ({ fill, query }) => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.click("#bench summary");
      for (const [selector, text] of Object.entries(fill)) await bench.fill(selector, text);
      expect(await bench.valueOf("#url")).toBe(`${echo}${query}`);
    });

    test("Drop becomes a flag, and an emptied control leaves the address", async () => {
      await using bench = await openWorkbench(
        open,
        server.origin,
        DESKTOP,
        `${echo}?token=a%2Fb&delay=1`,
      );
      await bench.click("#bench summary");
      await bench.click("#bench-drop");
      expect(await bench.valueOf("#url")).toBe(`${echo}?token=a%2Fb&delay=1&drop`);
      await bench.fill("#bench-delay", "");
      await bench.click("#bench-drop");
      expect(await bench.valueOf("#url")).toBe(`${echo}?token=a%2Fb`);
    });

    test("an address that is edited by hand shows in the controls", async () => {
      const query = "?delay=7&jitter=2&close=4001,over%2C+now&after=2&drop&greet=%3Cb%3E&every=50";
      await using bench = await openWorkbench(open, server.origin, DESKTOP, `${echo}${query}`);
      const values = `["delay","jitter","close","reason","after","greet","every"]
      .map((name) => document.querySelector("#bench-" + name).value)`;
      const shown = ["7", "2", "4001", "over, now", "2", "<b>", "50"];
      expect(await bench.page.evaluate(values)).toEqual(shown);
      expect(await bench.page.evaluate(`document.querySelector("#bench-drop").checked`)).toBe(true);
      expect(await bench.textOf("#bench-summary")).toContain("delay 7 · jitter 2");
    });
  });

  describe("what the echo acts out", () => {
    test("a greeting comes unasked", async () => {
      await using bench = await openBench({ "#bench-greet": HOSTILE });
      await bench.untilReceived(1);
      await bench.untilLogged(HOSTILE);
      expect(await bench.payloads("received")).toEqual([HOSTILE]);
    });

    test("ticks come numbered, and count as no round trip", async () => {
      // So rarely that the log, which drops old entries, has the first ones when it is read.
      await using bench = await openBench({ "#bench-every": "50" });
      await bench.untilReceived(3);
      // WebKitWebDriver scrolls the page, not the column of the controls.
      await bench.run(`document.querySelector("#disconnect").scrollIntoView()`);
      await bench.click("#disconnect");
      await bench.untilLogged("Closed: 1000");
      const [first, second] = await bench.payloads("received");
      expect([first, second]).toEqual(["tick 1", "tick 2"]);
      expect(await bench.textOf("#rtt-count")).toBe("0");
    });

    test("a delay shows in the round trip", async () => {
      await using bench = await openBench({ "#bench-delay": "150" });
      await bench.send("late");
      await bench.untilReceived(1);
      // Not less than it was asked for; how much more is up to the machine.
      await until(bench.page, `parseFloat(document.querySelector("#rtt-last").textContent) >= 149`);
    });

    test("jitter keeps a burst in order", async () => {
      await using bench = await openBench({ "#bench-jitter": "20" });
      await bench.fill("#burst-count", "200");
      await bench.click("#burst-start");
      await bench.untilLogged("200 of 200 echoes, in order and byte-exact");
    });

    test("E2 a close comes after so many messages, with code and reason", async () => {
      await using bench = await openBench({
        "#bench-close": "4001",
        "#bench-reason": "that, and no more",
        "#bench-after": "2",
      });
      for (const message of ["one", "two"]) await bench.send(message);
      await bench.untilLogged("Closed: 4001 “that, and no more” · private use");
      expect(await bench.payloads("received")).toEqual(["one", "two"]);
    });

    test("a drop is told from a close", async () => {
      await using bench = await openBench({ "#bench-after": "1", "#bench-drop": true });
      await bench.send("last");
      await bench.untilLogged("Closed: 1006 · the browser saw no valid Close frame");
      await bench.untilLogged("cut the connection");
      expect(await bench.payloads("received")).toEqual(["last"]);
    });

    test("a burst that is cut short says what is missing", async () => {
      await using bench = await openBench({ "#bench-after": "10", "#bench-close": "1013" });
      await bench.fill("#burst-count", "50");
      await bench.click("#burst-start");
      await bench.untilLogged("The connection ended. 10 of 50 echoes, in order and byte-exact");
    });

    /** Sets controls of the test bench, and connects. */
    async function openBench(controls: Readonly<Record<string, string | true>>) {
      const bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.click("#bench summary");
      for (const [selector, value] of Object.entries(controls)) {
        await (value === true ? bench.click(selector) : bench.fill(selector, value));
      }
      await bench.connect();
      return bench;
    }
  });
});
