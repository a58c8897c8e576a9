import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, PHONE, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { freePort } from "../helpers/program.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const CONNECTED_TWICE = `document.querySelector("#log").textContent.match(/Connected in/g)?.length === 2`;
const UNFOLD = `for (const part of document.querySelectorAll("details")) part.open = true`;
const HOSTILE = "<img src=x onerror=document.title='owned'>";

let echo: string;
const { tree, server } = useTestServer({
  "picture.bin": Buffer.from([0, 1, 254, 255]),
  "file.txt": "a file",
});

beforeAll(() => {
  echo = `${server.origin.replace("http", "ws")}/websocket`;
});

inEngines(({ engine, open }) => {
  describe("connecting", () => {
    test("goes to the echo of this server and says so", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      expect(await bench.valueOf("#url")).toBe(echo);
      await bench.connect();
      expect(await bench.textOf("#state")).toBe("Connected");
      expect(
        await bench.page.evaluate(
          `document.querySelector("#state").closest("[role=status]") !== null`,
        ),
      ).toBe(true);
      await bench.send("hello");
      await bench.untilReceived(1);
      await bench.untilLogged("hello");
      expect(await bench.payloads("received")).toEqual(["hello"]);
      expect(await bench.page.complaints()).toEqual([]);
    });

    test.each([
      ["http://localhost/", "starts with ws:// or wss://"],
      ["ws://local host/", "has no spaces"],
      ["ws://localhost/#part", "has no #fragment"],
      ["ws://localhost:99999/", "not a valid URL"],
    ])("refuses %p beside its field", async (url, fault) => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP, url);
      await bench.click("#connect");
      expect(await bench.textOf("#error")).toContain(fault);
      const invalid = `document.activeElement.id + document.activeElement.getAttribute("aria-invalid")`;
      expect(await bench.page.evaluate(invalid)).toBe("urltrue");
    });

    test("offers subprotocols and shows the one that was chosen", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.fill("#protocols", "chat.v2, chat.v1");
      await bench.connect();
      expect(await bench.textOf("#state-detail")).toContain("chat.v2");
    });

    test("disconnects with the code and reason of the form, and tells what they mean", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.click("#close-options summary");
      await bench.fill("#close-code", "4321");
      await bench.fill("#close-reason", "enough");
      await bench.click("#disconnect");
      await bench.untilLogged("4321");
      const end = (await bench.payloads("info")).at(-1);
      expect(end).toBe(
        "Closed: 4321 “enough”, clean · private use: the application gives it its meaning",
      );
      expect(await bench.textOf("#state")).toBe("Disconnected");
      expect(await bench.textOf("#state-detail")).toBe(String(end));
    });

    test("reconnects at a click, to what the fields say by then", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      expect(await bench.textOf("#connect")).toBe("Reconnect");
      await bench.fill("#url", `${echo}?again`);
      await bench.click("#connect");
      await bench.untilLogged(`Connecting to ${echo}?again`);
      await until(bench.page, CONNECTED_TWICE);
      expect(await bench.textOf("#state")).toBe("Connected");
    });

    // Bun 1.4.5 ends the connection right after its Close, which WebKitGTK may then tell of as 1006.
    test("reconnects by itself if that is switched on", async () => {
      let isFirst = true;
      using flaky = serveWebSocket((socket, message) => {
        if (isFirst) socket.close(1012, "back soon");
        else socket.send(message);
        isFirst = false;
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, flaky.url);
      await bench.click("#reconnect");
      await bench.connect();
      await bench.send("are you there?");
      await bench.untilLogged(
        engine.name === "WebKit"
          ? "Closed: 10"
          : "Closed: 1012 “back soon”, clean · service restart",
      );
      await until(bench.page, CONNECTED_TWICE);
      await bench.send("still here?");
      await bench.untilReceived(1);
      expect(await bench.payloads("received")).toEqual(["still here?"]);
    });

    test.skipIf(engine.name === "WebKit")(
      "E2 a Close right after the handshake is told",
      async () => {
        using closing = serveWebSocket(
          () => undefined,
          (socket) => socket.close(1013, "too busy"),
        );
        await using bench = await openWorkbench(open, server.origin, DESKTOP, closing.url);
        await bench.click("#connect");
        await bench.untilLogged("Closed: 1013 “too busy”, clean · try again later");
        expect(await bench.payloads("info")).not.toContain(
          "The connection ended without a Close frame: the server may be down, or a proxy cut it.",
        );
      },
    );

    test("gives up waiting to reconnect at a click", async () => {
      await using bench = await openWorkbench(
        open,
        server.origin,
        DESKTOP,
        `ws://127.0.0.1:${await freePort()}/`,
      );
      await bench.click("#reconnect");
      await bench.click("#connect");
      await until(bench.page, `document.querySelector("#state").dataset.state !== "connecting"`);
      await bench.click("#disconnect");
      await until(bench.page, `document.querySelector("#state").dataset.state === "disconnected"`);
    });

    test("a server that goes away is shown with code and reason", async () => {
      await using closing = startTestServer({ directory: tree.path });
      await using bench = await openWorkbench(open, closing.origin, DESKTOP);
      await bench.connect();
      await closing.stop();
      await bench.untilLogged("1001 “the server is shutting down”");
    });

    test.each([
      ["/nothing", "404 Not Found"],
      ["/file.txt", "200 OK: it takes no WebSockets"],
      ["/websocket?delay=soon", "400 Bad Request\nThe parameter delay: give a whole number"],
      ["/websocket?after=1", "The parameter after needs close or drop."],
    ])(
      "a refused handshake at %p is explained by what the server answers",
      async (path, answer) => {
        const url = `${server.origin.replace("http", "ws")}${path}`;
        await using bench = await openWorkbench(open, server.origin, DESKTOP, url);
        await bench.click("#connect");
        await bench.untilLogged(answer);
        expect(await bench.textOf("#state")).toBe("Disconnected");
      },
    );
  });

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
      await bench.untilLogged("Closed: 4001 “that, and no more”, clean · private use");
      expect(await bench.payloads("received")).toEqual(["one", "two"]);
    });

    test("a drop is told from a close", async () => {
      await using bench = await openBench({ "#bench-after": "1", "#bench-drop": true });
      await bench.send("last");
      await bench.untilLogged("Closed: 1006, not clean · abnormal closure");
      await bench.untilLogged("The connection ended without a Close frame");
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

  describe("sending", () => {
    test("the Send button works on a phone, and markup in a message stays text", async () => {
      await using bench = await openWorkbench(open, server.origin, PHONE);
      await bench.connect();
      await bench.fill("#message", HOSTILE);
      await bench.click("#send");
      await bench.untilReceived(1);
      expect(await bench.payloads("received")).toEqual([HOSTILE]);
      expect(await bench.page.evaluate("document.querySelectorAll('#log img').length")).toBe(0);
      expect(await bench.page.evaluate("document.title")).not.toBe("owned");
    });

    test("hex goes and comes as binary", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.choose("#format", "hex");
      await bench.send("0x00 ff, 68656c");
      await bench.untilReceived(1);
      expect((await bench.payloads("received"))[0]).toMatch(/^0000 {2}00 ff 68 65 6c +\.\.hel$/);
      await bench.send("00 f");
      expect(await bench.textOf("#error")).toContain("odd number of digits");
      expect(await bench.textOf("#sent-count")).toBe("1");
    });

    test("a file goes as one binary message", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.choose("#format", "file");
      await bench.page.choose("#file", tree.at("picture.bin"));
      await bench.click("#send");
      await bench.untilReceived(1);
      expect((await bench.payloads("received"))[0]).toStartWith("0000  00 01 fe ff");
    });

    test("Hex shows text as bytes, too", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.send("ß");
      await bench.untilReceived(1);
      await bench.click("#view");
      expect((await bench.payloads("received"))[0]).toStartWith("0000  c3 9f");
    });

    test("the arrow keys bring back what was sent, also after a reload", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      for (const message of ["one", "two"]) await bench.send(message);
      await bench.page.press("ArrowUp");
      expect(await bench.valueOf("#message")).toBe("two");
      await bench.page.press("ArrowUp");
      expect(await bench.valueOf("#message")).toBe("one");
      await bench.page.press("ArrowDown");
      await bench.page.press("ArrowDown");
      expect(await bench.valueOf("#message")).toBe("");
      await bench.page.reload();
      await bench.click("#message");
      await bench.page.press("ArrowUp");
      expect(await bench.valueOf("#message")).toBe("two");
    });

    test("Repeat sends the last message again and again until it is released", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.send("tick");
      await bench.fill("#repeat-every", "1");
      await bench.click("#repeat");
      await bench.untilReceived(4);
      await bench.click("#repeat");
      expect(await bench.page.evaluate(`document.querySelector("#repeat").ariaPressed`)).toBe(
        "false",
      );
      await until(
        bench.page,
        `document.querySelector("#sent-count").value === document.querySelector("#received-count").value`,
      );
      expect(new Set(await bench.payloads("received"))).toEqual(new Set(["tick"]));
    });

    test("the end of the connection releases Repeat", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.fill("#message", "tick");
      await bench.click("#repeat");
      await bench.untilReceived(1);
      await bench.click("#disconnect");
      await until(bench.page, `document.querySelector("#repeat").ariaPressed === "false"`);
    });
  });

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
      await bench.click("#burst-start");
      await bench.untilReceived(6);
      await until(bench.page, `document.querySelector("#burst-start").textContent === "Give up"`);
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
    ])("wants a number in %s, which %p is not", async (field, text) => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.fill(field, text);
      await bench.click("#burst-start");
      expect(await bench.textOf("#error")).toContain("is a whole number from");
      expect(await bench.textOf("#burst-start")).toBe("Start");
    });
  });

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

/** A WebSocket server that answers each message, counted from 1, as it is told. */
function serveWebSocket(
  answer: (socket: Bun.ServerWebSocket, message: string, index: number) => void,
  open: (socket: Bun.ServerWebSocket) => void = () => undefined,
): Disposable & { readonly url: string } {
  let index = 0;
  const served = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("no")),
    websocket: {
      open,
      message: (socket, message) => answer(socket, String(message), (index += 1)),
    },
  });
  return { url: `ws://127.0.0.1:${served.port}/`, [Symbol.dispose]: () => void served.stop(true) };
}
