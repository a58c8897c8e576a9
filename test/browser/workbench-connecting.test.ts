import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, until } from "../helpers/browser.ts";
import { serveHostile } from "../helpers/hostile-websocket.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { serveWebSocket } from "../helpers/serve-websocket.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const CONNECTED_TWICE = `document.querySelector("#log").textContent.match(/Connected in/g)?.length === 2`;

let echo: string;
const { tree, server } = useTestServer({ "file.txt": "a file" });

beforeAll(() => {
  echo = `${server.origin.replace("http", "ws")}/websocket`;
});

inEngines(({ open }) => {
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
      await bench.click("#options summary");
      await bench.fill("#close-code", "4321");
      await bench.fill("#close-reason", "enough");
      await bench.click("#disconnect");
      await bench.untilLogged("Closed: 4321"); // a port may read the same
      const end = (await bench.payloads("info")).at(-1);
      expect(end).toBe("Closed: 4321 “enough” · private use: the application gives it its meaning");
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

    test("reconnects by itself if that is switched on", async () => {
      let isFirst = true;
      using flaky = serveWebSocket((socket, message) => {
        if (isFirst) socket.close(1011, "back soon");
        else socket.send(message);
        isFirst = false;
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, flaky.url);
      await bench.click("#reconnect");
      await bench.connect();
      await bench.send("are you there?");
      await bench.untilLogged("Closed: 1011 “back soon” · internal error of the server");
      await until(bench.page, CONNECTED_TWICE);
      await bench.send("still here?");
      await bench.untilReceived(1);
      expect(await bench.payloads("received")).toEqual(["still here?"]);
    });

    test("E2 a Close right after the handshake is told", async () => {
      using closing = serveWebSocket(
        () => undefined,
        (socket) => socket.close(1008, "too rude"),
      );
      await using bench = await openWorkbench(open, server.origin, DESKTOP, closing.url);
      await bench.click("#connect");
      await bench.untilLogged("Closed: 1008 “too rude” · policy violation");
    });

    // An engine has no click if the text that one presses goes before one lets it go.
    test("keeps the text under the pointer while it reconnects by itself", async () => {
      await using refusing = await serveHostile({ handshake: (socket) => void socket.destroy() });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, refusing.url);
      await bench.run('window.pressed = document.querySelector("#disconnect").firstChild');
      await bench.click("#reconnect");
      await bench.click("#connect");
      const detail = 'document.querySelector("#state-detail").textContent';
      await until(bench.page, `/attempt [2-9]/.test(${detail})`);
      expect(await bench.page.evaluate("pressed.isConnected")).toBe(true);
    });

    test("gives up waiting to reconnect at a click", async () => {
      await using refusing = await serveHostile({ handshake: (socket) => void socket.destroy() });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, refusing.url);
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
      ["/file.txt", ": it takes no WebSockets"],
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
});
