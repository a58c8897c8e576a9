import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { serveWebSocket } from "../helpers/serve-websocket.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const HOSTILE = "<img src=x onerror=document.title='owned'>";

const { server } = useTestServer();

inEngines(({ open }) => {
  describe("the figures and the log", () => {
    test("draw the round trips, and say them in words", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      const curve = `document.querySelector("#chart .mean").getAttribute("d") ?? ""`;
      const bars = `[...document.querySelectorAll("#histogram div:not([data-empty])")]`;
      expect(await bench.page.evaluate(curve)).toBe("");
      await bench.connect();
      for (const message of ["a", "b", "c"]) await bench.send(message);
      await bench.untilReceived(3);
      const counted = `${bars}.reduce((sum, bar) => sum + Number(bar.title.split(": ")[1]), 0)`;
      await until(bench.page, `${counted} === 3`);
      expect(await bench.page.evaluate(curve)).toStartWith("M");
      const label = `document.querySelector("#chart").getAttribute("aria-label")`;
      expect(await bench.page.evaluate(label)).toMatch(
        /^Round-trip times of the latest 3: .+ ms to .+ ms$/,
      );
      expect(await bench.page.evaluate(`document.querySelector("#histogram").ariaLabel`)).toMatch(
        /ms: \d/,
      );
      for (const figure of ["#rtt-last", "#rtt-p50", "#rtt-p95", "#rtt-max"]) {
        expect(await bench.textOf(figure)).toMatch(/ms$/);
      }
      await bench.click("#reset");
      await until(bench.page, `(${curve}) === ""`);
      expect(await bench.textOf("#rtt-max")).toBe("–");
    });

    test("the log keeps the last 500 entries and says how many went", async () => {
      using flooding = serveWebSocket((socket, message) => {
        for (let index = 0; index < 1000; index += 1) socket.send(`${message} ${index}`);
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, flooding.url);
      await bench.connect();
      await bench.send("flood");
      await bench.untilReceived(1000);
      await bench.untilLogged("flood 999");
      expect(await bench.textOf("#log-count")).toBe("500 entries, 503 older dropped");
      expect(await bench.page.evaluate(`document.querySelectorAll("#log li").length`)).toBe(500);
    });

    test("Copy takes the log as text, Clear empties it", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
      await bench.connect();
      await bench.send(HOSTILE);
      await bench.untilReceived(1);
      await bench.click("#copy");
      await until(bench.page, `document.querySelector("#copy").textContent === "Copied"`);
      const copied = String(await bench.page.evaluate("copied"));
      expect(copied.split("\n")).toHaveLength(4);
      expect(copied).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ↓ text, 42 bytes: <img src=x /m);
      await bench.click("#clear");
      await until(bench.page, `document.querySelector("#log-count").textContent === ""`);
      expect(await bench.payloads("sent")).toEqual([]);
    });

    test("scrolled back, the log stays and leads to the end again", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      for (let index = 0; index < 30; index += 1) await bench.send(`line ${index}`);
      await bench.untilReceived(30);
      await bench.untilLogged("line 29");
      await bench.page.evaluate(`document.querySelector("#log").scrollTop = 0`);
      await until(bench.page, `!document.querySelector("#jump").hidden`);
      await bench.click("#jump");
      await until(bench.page, `document.querySelector("#jump").hidden`);
    });
  });
});
