import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, isBrowserMissing, PHONE, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
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

describe.skipIf(isBrowserMissing)("connecting", () => {
  test("goes to the echo of this server and says so", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    expect(await bench.valueOf("#url")).toBe(echo);
    await bench.connect();
    expect(await bench.textOf("#state")).toBe("Connected");
    expect(
      await bench.view.evaluate(
        `document.querySelector("#state").closest("[role=status]") !== null`,
      ),
    ).toBe(true);
    await bench.send("hello");
    await bench.untilReceived(1);
    await bench.untilLogged("hello");
    expect(await bench.payloads("received")).toEqual(["hello"]);
    expect(bench.page.complaints).toEqual([]);
  });

  test.each([
    ["http://localhost/", "starts with ws:// or wss://"],
    ["ws://local host/", "has no spaces"],
    ["ws://localhost/#part", "has no #fragment"],
    ["ws://localhost:99999/", "not a valid URL"],
  ])("refuses %p beside its field", async (url, fault) => {
    using bench = await openWorkbench(server.origin, DESKTOP, url);
    await bench.click("#connect");
    expect(await bench.textOf("#error")).toContain(fault);
    const invalid = `document.activeElement.id + document.activeElement.getAttribute("aria-invalid")`;
    expect(await bench.view.evaluate(invalid)).toBe("urltrue");
  });

  test("offers subprotocols and shows the one that was chosen", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.fill("#protocols", "chat.v2, chat.v1");
    await bench.connect();
    expect(await bench.textOf("#state-detail")).toContain("chat.v2");
  });

  test("disconnects with the code and reason of the form, and tells what they mean", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
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
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    expect(await bench.textOf("#connect")).toBe("Reconnect");
    await bench.fill("#url", `${echo}?again`);
    await bench.click("#connect");
    await bench.untilLogged(`Connecting to ${echo}?again`);
    await until(bench.view, CONNECTED_TWICE);
    expect(await bench.textOf("#state")).toBe("Connected");
  });

  test("reconnects by itself if that is switched on", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    const connections = { count: 0 };
    using flaky = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("no")),
      websocket: {
        open: (socket) => {
          connections.count += 1;
          if (connections.count === 1) socket.close(1012, "back soon");
        },
        message: (socket, message) => void socket.send(message),
      },
    });
    await bench.fill("#url", `ws://127.0.0.1:${flaky.port}/`);
    await bench.click("#reconnect");
    await bench.click("#connect");
    await bench.untilLogged("1012 “back soon”, clean · service restart");
    await until(bench.view, CONNECTED_TWICE);
    await bench.send("still here?");
    await bench.untilReceived(1);
    expect(connections.count).toBe(2);
    await flaky.stop(true);
  });

  test("gives up waiting to reconnect at a click", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP, "ws://127.0.0.1:1/");
    await bench.click("#reconnect");
    await bench.click("#connect");
    await until(bench.view, `document.querySelector("#state").dataset.state !== "connecting"`);
    await bench.click("#disconnect");
    await until(bench.view, `document.querySelector("#state").dataset.state === "disconnected"`);
  });

  test("a server that goes away is shown with code and reason", async () => {
    await using closing = startTestServer({ directory: tree.path });
    using bench = await openWorkbench(closing.origin, DESKTOP);
    await bench.connect();
    await closing.stop();
    await bench.untilLogged("1001 “the server is shutting down”");
  });

  test.each([
    ["/nothing", "404 Not Found"],
    ["/file.txt", "200 OK: it takes no WebSockets"],
    ["/websocket?delay=soon", "400 Bad Request\nThe parameter delay: give a whole number"],
    ["/websocket?after=1", "The parameter after needs close or drop."],
  ])("a refused handshake at %p is explained by what the server answers", async (path, answer) => {
    const url = `${server.origin.replace("http", "ws")}${path}`;
    using bench = await openWorkbench(server.origin, DESKTOP, url);
    await bench.click("#connect");
    await bench.untilLogged(answer);
    expect(await bench.textOf("#state")).toBe("Disconnected");
  });
});

describe.skipIf(isBrowserMissing)("the test bench", () => {
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
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.click("#bench summary");
    for (const [selector, text] of Object.entries(fill)) await bench.fill(selector, text);
    expect(await bench.valueOf("#url")).toBe(`${echo}${query}`);
  });

  test("Drop becomes a flag, and an emptied control leaves the address", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP, `${echo}?token=a%2Fb&delay=1`);
    await bench.click("#bench summary");
    await bench.click("#bench-drop");
    expect(await bench.valueOf("#url")).toBe(`${echo}?token=a%2Fb&delay=1&drop`);
    await bench.fill("#bench-delay", "");
    await bench.click("#bench-drop");
    expect(await bench.valueOf("#url")).toBe(`${echo}?token=a%2Fb`);
  });

  test("an address that is edited by hand shows in the controls", async () => {
    const query = "?delay=7&jitter=2&close=4001,over%2C+now&after=2&drop&greet=%3Cb%3E&every=50";
    using bench = await openWorkbench(server.origin, DESKTOP, `${echo}${query}`);
    const values = `["delay","jitter","close","reason","after","greet","every"]
      .map((name) => document.querySelector("#bench-" + name).value)`;
    const shown = ["7", "2", "4001", "over, now", "2", "<b>", "50"];
    expect(await bench.view.evaluate(values)).toEqual(shown);
    expect(await bench.view.evaluate(`document.querySelector("#bench-drop").checked`)).toBe(true);
    expect(await bench.textOf("#bench-summary")).toContain("delay 7 · jitter 2");
  });
});

describe.skipIf(isBrowserMissing)("what the echo acts out", () => {
  test("a greeting comes unasked", async () => {
    using bench = await openBench({ "#bench-greet": HOSTILE });
    await bench.untilReceived(1);
    await bench.untilLogged(HOSTILE);
    expect(await bench.payloads("received")).toEqual([HOSTILE]);
  });

  test("ticks come numbered, and count as no round trip", async () => {
    using bench = await openBench({ "#bench-every": "5" });
    await bench.untilReceived(3);
    await bench.click("#disconnect");
    await bench.untilLogged("Closed: 1000");
    const [first, second] = await bench.payloads("received");
    expect([first, second]).toEqual(["tick 1", "tick 2"]);
    expect(await bench.textOf("#rtt-count")).toBe("0");
  });

  test("a delay shows in the round trip", async () => {
    using bench = await openBench({ "#bench-delay": "150" });
    await bench.send("late");
    await bench.untilReceived(1);
    // Not less than it was asked for; how much more is up to the machine.
    await until(bench.view, `parseFloat(document.querySelector("#rtt-last").textContent) >= 149`);
  });

  test("jitter keeps a burst in order", async () => {
    using bench = await openBench({ "#bench-jitter": "20" });
    await bench.fill("#burst-count", "200");
    await bench.click("#burst-start");
    await bench.untilLogged("200 of 200 echoes, in order and byte-exact");
  });

  test("a close comes after so many messages, with code and reason", async () => {
    using bench = await openBench({
      "#bench-close": "4001",
      "#bench-reason": "that, and no more",
      "#bench-after": "2",
    });
    for (const message of ["one", "two"]) await bench.send(message);
    await bench.untilLogged("Closed: 4001 “that, and no more”, clean · private use");
    expect(await bench.payloads("received")).toEqual(["one", "two"]);
  });

  test("a drop is told from a close", async () => {
    using bench = await openBench({ "#bench-after": "1", "#bench-drop": true });
    await bench.send("last");
    await bench.untilLogged("Closed: 1006, not clean · abnormal closure");
    await bench.untilLogged("The connection ended without a Close frame");
    expect(await bench.payloads("received")).toEqual(["last"]);
  });

  test("a burst that is cut short says what is missing", async () => {
    using bench = await openBench({ "#bench-after": "10", "#bench-close": "1013" });
    await bench.fill("#burst-count", "50");
    await bench.click("#burst-start");
    await bench.untilLogged("The connection ended. 10 of 50 echoes, in order and byte-exact");
  });

  /** Sets controls of the test bench, and connects. */
  async function openBench(controls: Readonly<Record<string, string | true>>) {
    const bench = await openWorkbench(server.origin, DESKTOP);
    await bench.click("#bench summary");
    for (const [selector, value] of Object.entries(controls)) {
      await (value === true ? bench.click(selector) : bench.fill(selector, value));
    }
    await bench.connect();
    return bench;
  }
});

describe.skipIf(isBrowserMissing)("sending", () => {
  test("the Send button works on a phone, and markup in a message stays text", async () => {
    using bench = await openWorkbench(server.origin, PHONE);
    await bench.connect();
    await bench.fill("#message", HOSTILE);
    await bench.click("#send");
    await bench.untilReceived(1);
    expect(await bench.payloads("received")).toEqual([HOSTILE]);
    expect(await bench.view.evaluate("document.querySelectorAll('#log img').length")).toBe(0);
    expect(bench.view.title).not.toBe("owned");
  });

  test("hex goes and comes as binary", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
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
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    await bench.choose("#format", "file");
    const { root } = (await bench.view.cdp("DOM.getDocument")) as { root: { nodeId: number } };
    const node = (await bench.view.cdp("DOM.querySelector", {
      nodeId: root.nodeId,
      selector: "#file",
    })) as { nodeId: number };
    await bench.view.cdp("DOM.setFileInputFiles", { ...node, files: [tree.at("picture.bin")] });
    await bench.click("#send");
    await bench.untilReceived(1);
    expect((await bench.payloads("received"))[0]).toStartWith("0000  00 01 fe ff");
  });

  test("Hex shows text as bytes, too", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    await bench.send("ß");
    await bench.untilReceived(1);
    await bench.click("#view");
    expect((await bench.payloads("received"))[0]).toStartWith("0000  c3 9f");
  });

  test("the arrow keys bring back what was sent, also after a reload", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    for (const message of ["one", "two"]) await bench.send(message);
    await bench.view.press("ArrowUp");
    expect(await bench.valueOf("#message")).toBe("two");
    await bench.view.press("ArrowUp");
    expect(await bench.valueOf("#message")).toBe("one");
    await bench.view.press("ArrowDown");
    await bench.view.press("ArrowDown");
    expect(await bench.valueOf("#message")).toBe("");
    await bench.view.reload();
    await bench.click("#message");
    await bench.view.press("ArrowUp");
    expect(await bench.valueOf("#message")).toBe("two");
  });

  test("Repeat sends the last message again and again until it is released", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    await bench.send("tick");
    await bench.fill("#repeat-every", "1");
    await bench.click("#repeat");
    await bench.untilReceived(4);
    await bench.click("#repeat");
    expect(await bench.view.evaluate(`document.querySelector("#repeat").ariaPressed`)).toBe(
      "false",
    );
    await until(
      bench.view,
      `document.querySelector("#sent-count").value === document.querySelector("#received-count").value`,
    );
    expect(new Set(await bench.payloads("received"))).toEqual(new Set(["tick"]));
  });

  test("the end of the connection releases Repeat", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    await bench.fill("#message", "tick");
    await bench.click("#repeat");
    await bench.untilReceived(1);
    await bench.click("#disconnect");
    await until(bench.view, `document.querySelector("#repeat").ariaPressed === "false"`);
  });
});

describe.skipIf(isBrowserMissing)("a burst", () => {
  const isOver = `document.querySelector("#burst-start").textContent === "Start"`;

  test.each([
    { count: "1000", size: "64", type: "text" },
    { count: "300", size: "5000", type: "binary" },
    // One byte has no room for the number, none for anything.
    { count: "50", size: "1", type: "binary" },
    { count: "20", size: "0", type: "text" },
  ])("of $count × $size B $type comes back whole", async ({ count, size, type }) => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    await bench.fill("#burst-count", count);
    await bench.fill("#burst-size", size);
    await bench.choose("#burst-type", type);
    await bench.click("#burst-start");
    await bench.untilReceived(Number(count));
    await until(bench.view, isOver);
    const whole = Number(count).toLocaleString("en");
    const verdict = `${whole} of ${whole} echoes, in order and byte-exact`;
    expect(await bench.textOf("#burst-result")).toStartWith(verdict);
    expect(await bench.textOf("#burst-result")).toMatch(/messages\/s · [\d.,]+ MB\/s/);
    await bench.untilLogged(verdict);
    expect(await bench.valueOf("#received-bytes")).toBe(String(Number(count) * Number(size)));
    expect(bench.page.complaints).toEqual([]);
  });

  test("of 10,000 is drawn while it runs, and does not fill the log", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    await bench.fill("#burst-count", "10000");
    await bench.run(`
      window.seen = new Set();
      const look = () => {
        seen.add(document.querySelector("#burst-progress").value);
        requestAnimationFrame(look);
      };
      look();`);
    await bench.click("#burst-start");
    await bench.untilReceived(10_000);
    await until(bench.view, isOver);
    expect(Number(await bench.view.evaluate("seen.size"))).toBeGreaterThan(3);
    expect(await bench.view.evaluate(`document.querySelectorAll("#log li").length`)).toBe(4);
  });

  test("tells of an echo that was altered, and which", async () => {
    using altering = serveWebSocket((socket, message, index) => {
      socket.send(index === 5 ? message.replace(/.$/, "\t") : message);
    });
    using bench = await openWorkbench(server.origin, DESKTOP, altering.url);
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
    using bench = await openWorkbench(server.origin, DESKTOP, swapping.url);
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
    using bench = await openWorkbench(server.origin, DESKTOP, chatty.url);
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
    using bench = await openWorkbench(server.origin, DESKTOP, losing.url);
    await bench.connect();
    await bench.fill("#burst-count", "10");
    await bench.click("#burst-start");
    await bench.untilReceived(6);
    await until(bench.view, `document.querySelector("#burst-start").textContent === "Give up"`);
    await bench.click("#burst-start");
    await bench.untilLogged("Stopped. 6 of 10 echoes, in order and byte-exact");
  });

  test("stops at a click, and checks what was sent by then", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    await bench.fill("#burst-rate", "50");
    await bench.click("#burst-start");
    await bench.untilReceived(2);
    await bench.click("#burst-start");
    await until(bench.view, isOver);
    expect(await bench.textOf("#burst-result")).toMatch(/^(\d+) of \1 echoes, in order/);
    expect(Number(await bench.valueOf("#sent-count"))).toBeLessThan(1000);
  });

  test("ends with the connection", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    await bench.fill("#burst-rate", "50");
    await bench.click("#burst-start");
    await bench.untilReceived(1);
    await bench.click("#disconnect");
    await bench.untilLogged("The connection ended.");
    await until(bench.view, isOver);
  });

  test.each([
    ["#burst-count", "0"],
    ["#burst-size", "-1"],
    ["#burst-rate", "fast"],
  ])("wants a number in %s, which %p is not", async (field, text) => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    await bench.fill(field, text);
    await bench.click("#burst-start");
    expect(await bench.textOf("#error")).toContain("is a whole number from");
    expect(await bench.textOf("#burst-start")).toBe("Start");
  });
});

describe.skipIf(isBrowserMissing)("the figures and the log", () => {
  test("draw the round trips, and say them in words", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    const curve = `document.querySelector("#chart .mean").getAttribute("d") ?? ""`;
    const bars = `[...document.querySelectorAll("#histogram div:not([data-empty])")]`;
    expect(await bench.view.evaluate(curve)).toBe("");
    await bench.connect();
    for (const message of ["a", "b", "c"]) await bench.send(message);
    await bench.untilReceived(3);
    const counted = `${bars}.reduce((sum, bar) => sum + Number(bar.title.split(": ")[1]), 0)`;
    await until(bench.view, `${counted} === 3`);
    expect(await bench.view.evaluate(curve)).toStartWith("M");
    const label = `document.querySelector("#chart").getAttribute("aria-label")`;
    expect(await bench.view.evaluate(label)).toMatch(
      /^Round-trip times of the latest 3: .+ ms to .+ ms$/,
    );
    expect(await bench.view.evaluate(`document.querySelector("#histogram").ariaLabel`)).toMatch(
      /ms: \d/,
    );
    for (const figure of ["#rtt-last", "#rtt-p50", "#rtt-p95", "#rtt-max"]) {
      expect(await bench.textOf(figure)).toMatch(/ms$/);
    }
    await bench.click("#reset");
    await until(bench.view, `(${curve}) === ""`);
    expect(await bench.textOf("#rtt-max")).toBe("–");
  });

  test("the log keeps the last 500 entries and says how many went", async () => {
    using flooding = serveWebSocket((socket, message) => {
      for (let index = 0; index < 1000; index += 1) socket.send(`${message} ${index}`);
    });
    using bench = await openWorkbench(server.origin, DESKTOP, flooding.url);
    await bench.connect();
    await bench.send("flood");
    await bench.untilReceived(1000);
    await bench.untilLogged("flood 999");
    expect(await bench.textOf("#log-count")).toBe("500 entries, 503 older dropped");
    expect(await bench.view.evaluate(`document.querySelectorAll("#log li").length`)).toBe(500);
  });

  test("Copy takes the log as text, Clear empties it", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
    await bench.connect();
    await bench.send(HOSTILE);
    await bench.untilReceived(1);
    await bench.click("#copy");
    await until(bench.view, `document.querySelector("#copy").textContent === "Copied"`);
    const copied = String(await bench.view.evaluate("copied"));
    expect(copied.split("\n")).toHaveLength(4);
    expect(copied).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ↓ text, 42 bytes: <img src=x /m);
    await bench.click("#clear");
    await until(bench.view, `document.querySelector("#log-count").textContent === ""`);
    expect(await bench.payloads("sent")).toEqual([]);
  });

  test("scrolled back, the log stays and leads to the end again", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.connect();
    for (let index = 0; index < 30; index += 1) await bench.send(`line ${index}`);
    await bench.untilReceived(30);
    await bench.untilLogged("line 29");
    await bench.view.evaluate(`document.querySelector("#log").scrollTop = 0`);
    await until(bench.view, `!document.querySelector("#jump").hidden`);
    await bench.click("#jump");
    await until(bench.view, `document.querySelector("#jump").hidden`);
  });
});

describe.skipIf(isBrowserMissing)("the layout", () => {
  const isNarrow = "document.documentElement.scrollWidth <= innerWidth";

  test.each([DESKTOP, PHONE])("does not scroll sideways at %p, unfolded and full", async (size) => {
    using bench = await openWorkbench(server.origin, size);
    expect(await bench.view.evaluate(isNarrow)).toBe(true);
    await bench.fill("#url", `${echo}?greet=${"long".repeat(60)}`);
    await bench.run(UNFOLD);
    await bench.connect();
    await bench.send("unbroken".repeat(100));
    await bench.untilReceived(1);
    await bench.untilLogged("unbroken");
    expect(await bench.view.evaluate(isNarrow)).toBe(true);
  });

  test("keys alone connect and send, and show where they are", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    const tabTo = async (id: string) => {
      const focused = "document.activeElement.id";
      while ((await bench.view.evaluate(focused)) !== id) {
        await bench.view.press("Tab");
        const outline = "getComputedStyle(document.activeElement).outlineStyle";
        expect(await bench.view.evaluate(outline)).toBe("solid");
      }
    };
    await tabTo("url");
    await bench.view.press("Enter");
    await until(bench.view, `!document.querySelector("#send").disabled`);
    await tabTo("message");
    await bench.view.type("by keys");
    await bench.view.press("Enter");
    await bench.untilReceived(1);
    await tabTo("burst-start");
    await bench.view.press("Enter");
    await bench.untilLogged("1,000 of 1,000 echoes");
  });

  test("nothing moves for those who asked for less motion", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    await bench.run(`document.querySelector("#state").dataset.state = "connecting"`);
    const animation = `getComputedStyle(document.querySelector("#state"), "::before").animationName`;
    expect(await bench.view.evaluate(animation)).toBe("breathe");
    await bench.view.cdp("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-reduced-motion", value: "reduce" }],
    });
    expect(await bench.view.evaluate(animation)).toBe("none");
  });

  test("every control has a name", async () => {
    using bench = await openWorkbench(server.origin, DESKTOP);
    const nameless = `[...document.querySelectorAll("input, select, textarea, button, progress")]
      .filter((one) => !one.labels?.length && !one.ariaLabel && !one.textContent.trim())
      .map((one) => one.id)`;
    expect(await bench.view.evaluate(nameless)).toEqual([]);
  });
});

/** A WebSocket server that answers each message, counted from 1, as it is told. */
function serveWebSocket(
  answer: (socket: Bun.ServerWebSocket, message: string, index: number) => void,
): Disposable & { readonly url: string } {
  let index = 0;
  const served = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("no")),
    websocket: { message: (socket, message) => answer(socket, String(message), (index += 1)) },
  });
  return { url: `ws://127.0.0.1:${served.port}/`, [Symbol.dispose]: () => void served.stop(true) };
}
