import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, until } from "../helpers/browser.ts";
import {
  closeWith,
  formatAccept,
  formatServerFrame,
  serveHostile,
  type Hostility,
} from "../helpers/hostile-websocket.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { OPCODE } from "../helpers/raw-websocket.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const { server } = useTestServer();

const stateIs = (state: string) => `document.querySelector("#state").dataset.state === "${state}"`;

const CUT = "The server, a proxy or the network cut the connection, or the browser found a breach";
const GARBAGE = Buffer.alloc(64, 0xff);

inEngines(({ engine, open }) => {
  describe("E3 a wait is given up at once, and whatever still comes changes nothing", () => {
    test("for the answer to a handshake", async () => {
      let late: (() => void) | undefined;
      await using hostile = await serveHostile({
        handshake: (socket, accept) => (late = () => void socket.write(formatAccept(accept))),
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, hostile.url);
      await bench.click("#connect");
      expect(await bench.textOf("#disconnect")).toBe("Cancel");
      await bench.click("#disconnect");
      expect(await bench.textOf("#state")).toBe("Disconnected");
      late?.();
      await bench.untilLogged("Given up before the connection was made.");
      await bench.fill("#url", `${server.origin.replace("http", "ws")}/websocket`);
      await bench.connect();
      await bench.untilLogged("Connected in");
      expect(await bench.payloads("info")).toEqual([
        `Connecting to ${hostile.url}`,
        "Given up before the connection was made.",
        `Connecting to ${server.origin.replace("http", "ws")}/websocket`,
        expect.stringContaining("Connected in"),
      ]);
    });

    test("for the server's Close", async () => {
      let say: ((text: string) => void) | undefined;
      await using hostile = await serveHostile({
        answer: (socket) =>
          (say = (text) => void socket.write(formatServerFrame(OPCODE.text, text))),
      });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, hostile.url);
      await bench.connect();
      await bench.send("hello");
      await bench.click("#disconnect");
      await until(bench.page, stateIs("closing"));
      say?.("too late");
      expect(await bench.textOf("#disconnect")).toBe("Give up");
      await bench.click("#disconnect");
      expect(await bench.textOf("#state")).toBe("Disconnected");
      expect(await bench.textOf("#state-detail")).toBe(
        "Given up before the server's Close frame came.",
      );
      say?.("later still");
      await bench.connect();
      expect(await bench.textOf("#state")).toBe("Connected");
      expect((await bench.payloads("received")).join()).not.toContain("later still");
    });

    test("for the old server's Close, to go on to the next address", async () => {
      await using hostile = await serveHostile({});
      await using bench = await openWorkbench(open, server.origin, DESKTOP, hostile.url);
      await bench.connect();
      await bench.fill("#url", `${server.origin.replace("http", "ws")}/websocket`);
      await bench.click("#connect");
      await until(bench.page, stateIs("closing"));
      await bench.click("#disconnect");
      await until(bench.page, stateIs("connected"));
    });
  });

  describe("E2 the log says of an end what is known of it", () => {
    /** Codes that no Close frame may carry. Firefox hands them on all the same. */
    const forbidden = [1005, 1006];
    /** Codes that a browser takes for a breach of the protocol; WebKitGTK does not know the new ones. */
    const refused: Record<string, readonly number[]> = {
      Chromium: forbidden,
      Firefox: [],
      WebKit: [...forbidden, 1004, 1012, 1013, 1014],
    };
    const codes = Array.from({ length: 15 }, (_, index) => 1000 + index);

    test.each([...codes, 4000])("a Close with %d", async (code) => {
      await using hostile = await serveHostile(closeWith(code, "so it is"));
      await using bench = await openWorkbench(open, server.origin, DESKTOP, hostile.url);
      await bench.connect();
      await bench.send("hello");
      await bench.untilLogged("Closed: ");
      const [end, why] = (await bench.payloads("info")).slice(2);
      if (refused[engine.name]?.includes(code)) {
        expect(end).toBe("Closed: 1006 · the browser saw no valid Close frame");
        expect(why).toStartWith(CUT);
        return;
      }
      const isForbidden = forbidden.includes(code);
      const meaning = isForbidden ? "a code that no Close frame may carry" : "";
      expect(end).toStartWith(`Closed: ${code} “so it is” · ${meaning}`);
      if (!isForbidden) expect(why).toBeUndefined();
    });

    const rude: readonly { readonly what: string; readonly hostility: Hostility }[] = [
      { what: "a FIN", hostility: { answer: (socket) => void socket.end() } },
      { what: "a reset", hostility: { answer: (socket) => void socket.resetAndDestroy() } },
      { what: "garbage", hostility: { answer: (socket) => void socket.write(GARBAGE) } },
      {
        what: "text that is not UTF-8",
        hostility: {
          answer: (socket) =>
            void socket.write(formatServerFrame(OPCODE.text, new Uint8Array([0xff, 0xfe]))),
        },
      },
    ];

    test.each(rude)("$what in place of a Close", async ({ hostility }) => {
      await using hostile = await serveHostile(hostility);
      await using bench = await openWorkbench(open, server.origin, DESKTOP, hostile.url);
      await bench.connect();
      await bench.send("hello");
      await bench.untilLogged("Closed: ");
      const [end, why] = (await bench.payloads("info")).slice(2);
      expect(end).toBe("Closed: 1006 · the browser saw no valid Close frame");
      expect(why).toStartWith(CUT);
    });

    test.each([
      { what: "garbage", answer: GARBAGE },
      { what: "a refusal", answer: "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" },
      { what: "a wrong key", answer: formatAccept("AAAAAAAAAAAAAAAAAAAAAAAAAAA=") },
      { what: "nothing, and a FIN", answer: "" },
    ])("$what in answer to the handshake", async ({ answer }) => {
      await using hostile = await serveHostile({ handshake: (socket) => void socket.end(answer) });
      await using bench = await openWorkbench(open, server.origin, DESKTOP, hostile.url);
      await bench.click("#connect");
      await bench.untilLogged("the browser hides why");
      const [end, why] = (await bench.payloads("info")).slice(1);
      expect(await bench.textOf("#state")).toBe("Disconnected");
      expect(end).toBe("Not connected: 1006 · the browser saw no valid Close frame");
      expect(why).toContain("the answer was not that of a WebSocket");
    });
  });
});
