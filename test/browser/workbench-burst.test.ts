import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { serveWebSocket } from "../helpers/serve-websocket.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

inEngines(({ open }) => {
  describe("a burst", () => {
    const isOver = `document.querySelector("#burst-start").textContent === "Start"`;

    test.each([
      { count: "1000", size: "64", type: "text" },
      { count: "300", size: "5000", type: "binary" },
      // One byte has no room for the number, none for anything.
      { count: "50", size: "1", type: "binary" },
      { count: "20", size: "0", type: "text" },
    ])("of $count × $size B $type comes back whole", async ({ count, size, type }) => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.fill("#burst-count", count);
      await bench.fill("#burst-size", size);
      await bench.choose("#burst-type", type);
      await bench.click("#burst-start");
      await bench.untilReceived(Number(count));
      await until(bench.page, isOver);
      const whole = Number(count).toLocaleString("en");
      const verdict = `${whole} of ${whole} echoes, in order and byte-exact`;
      expect(await bench.textOf("#burst-result")).toStartWith(verdict);
      expect(await bench.textOf("#burst-result")).toMatch(/messages\/s · [\d.,]+ MB\/s/);
      await bench.untilLogged(verdict);
      expect(await bench.valueOf("#received-bytes")).toBe(String(Number(count) * Number(size)));
      expect(await bench.page.complaints()).toEqual([]);
    });

    test.each([
      {
        flight: "4",
        wanted: /\nLatency with 4 in flight: p50 .+ ms · p95 .+ · p99 .+ · max .+ ms\n/,
      },
      { flight: "", wanted: /\nThroughput: [\d,]+ messages\/s .+\nRound trips, .+: p50 .+ max / },
    ])("E4 with $flight in flight says what it measured", async ({ flight, wanted }) => {
      let most = 0;
      const held: string[] = [];
      using counting = serveWebSocket((socket, message) => {
        held.push(message);
        most = Math.max(most, held.length);
        // Later, so that all that may be in flight comes before the first echo.
        setImmediate(() => void socket.send(held.shift() ?? ""));
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, counting.url);
      await bench.connect();
      await bench.fill("#burst-flight", flight);
      await bench.click("#burst-start");
      await bench.untilLogged("1,000 of 1,000 echoes, in order and byte-exact");
      expect(await bench.textOf("#burst-result")).toMatch(wanted);
      expect(await bench.textOf("#burst-result")).toEndWith(flight ? "· not compressed" : " ms");
      if (flight !== "") expect(most).toBeLessThanOrEqual(Number(flight));
    });

    test("of 10,000 is drawn while it runs, and does not fill the log", async () => {
      const { promise: drawn, resolve: answerTheRest } = Promise.withResolvers<void>();
      using halting = serveWebSocket(async (socket, message, index) => {
        if (index > 5_000) await drawn;
        socket.send(message);
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, halting.url);
      await bench.connect();
      await bench.fill("#burst-count", "10000");
      await bench.click("#burst-start");
      await until(bench.page, `document.querySelector("#burst-progress").value === 5000`);
      answerTheRest();
      await bench.untilLogged("10,000 of 10,000 echoes, in order and byte-exact");
      expect(await bench.page.evaluate(`document.querySelectorAll("#log li").length`)).toBe(4);
    });

    test("tells of an echo that was altered, and which", async () => {
      using altering = serveWebSocket((socket, message, index) => {
        socket.send(index === 5 ? message.replace(/.$/, "\t") : message);
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, altering.url);
      await bench.connect();
      await bench.fill("#burst-count", "20");
      await bench.click("#burst-start");
      await bench.untilLogged("20 of 20 echoes, 1 of them wrong, the first is no. 5");
    });

    test("tells of echoes in the wrong order", async () => {
      const held: string[] = [];
      using swapping = serveWebSocket((socket, message) => {
        held.push(message);
        if (held.length === 2) for (const one of held.splice(0).reverse()) socket.send(one);
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, swapping.url);
      await bench.connect();
      await bench.fill("#burst-count", "4");
      await bench.click("#burst-start");
      await bench.untilLogged("4 of 4 echoes, 4 of them wrong, the first is no. 1");
    });

    test("leaves messages that are no echoes to the log", async () => {
      using chatty = serveWebSocket((socket, message) => {
        socket.send("news");
        socket.send(message);
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, chatty.url);
      await bench.connect();
      await bench.fill("#burst-count", "3");
      await bench.click("#burst-start");
      await bench.untilLogged("3 of 3 echoes, in order and byte-exact");
      expect(await bench.payloads("received")).toEqual(["news", "news", "news"]);
    });

    test("waits for what is missing, until one gives up", async () => {
      using losing = serveWebSocket((socket, message, index) => {
        if (index <= 6) socket.send(message);
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, losing.url);
      await bench.connect();
      await bench.fill("#burst-count", "10");
      const place = `document.querySelector("#burst-start").getBoundingClientRect().top`;
      const before = await bench.page.evaluate(place);
      await bench.click("#burst-start");
      await bench.untilReceived(6);
      await until(bench.page, `document.querySelector("#burst-start").textContent === "Give up"`);
      // A button that moves is missed by a click that is on its way.
      expect(await bench.page.evaluate(place)).toBe(before);
      await bench.click("#burst-start");
      await bench.untilLogged("Stopped. 6 of 10 echoes, in order and byte-exact");
    });

    test("stops at a click, and checks what was sent by then", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.fill("#burst-count", "100000");
      await bench.fill("#burst-rate", "50");
      await bench.click("#burst-start");
      await bench.untilReceived(2);
      await bench.run(`window.label = document.querySelector("#burst-start").firstChild`);
      await bench.untilReceived(20);
      // The text is drawn again and again: if it were another node each time, WebKit would lose clicks.
      expect(await bench.page.evaluate("label.isConnected")).toBe(true);
      await bench.click("#burst-start");
      await until(bench.page, isOver);
      expect(await bench.textOf("#burst-result")).toMatch(/^([\d,]+) of \1 echoes, in order/);
      expect(Number(await bench.valueOf("#sent-count"))).toBeLessThan(100_000);
    });

    test("ends with the connection", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.fill("#burst-count", "100000");
      await bench.fill("#burst-rate", "50");
      await bench.click("#burst-start");
      await bench.untilReceived(1);
      await bench.click("#disconnect");
      await bench.untilLogged("The connection ended.");
      await until(bench.page, isOver);
    });

    test.each([
      ["#burst-count", "0"],
      ["#burst-size", "-1"],
      ["#burst-rate", "fast"],
      ["#burst-flight", "0"],
    ])("wants a number in %s, which %p is not", async (field, text) => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.fill(field, text);
      await bench.click("#burst-start");
      expect(await bench.textOf("#error")).toContain("is a whole number from");
      expect(await bench.textOf("#burst-start")).toBe("Start");
    });
  });
});
