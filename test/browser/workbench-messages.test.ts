import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const HOSTILE = "<img src=x onerror=document.title='owned'>";

const { server } = useTestServer();

const NAMES = `[...document.querySelectorAll("#saved-list button:first-child")].map((one) => one.textContent)`;

inEngines(({ open }) => {
  describe("saved messages", () => {
    test("are kept by name over a reload, loaded and removed", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.choose("#format", "hex");
      await bench.fill("#message", "00 ff");
      await bench.fill("#saved-name", HOSTILE);
      await bench.page.press("Enter");
      await bench.choose("#format", "text");
      await bench.fill("#message", "hello");
      await bench.fill("#saved-name", "a greeting");
      await bench.click("#save");
      expect(await bench.page.evaluate(NAMES)).toEqual([HOSTILE, "a greeting"]);
      await bench.page.reload();
      expect(await bench.page.evaluate(NAMES)).toEqual([HOSTILE, "a greeting"]);
      expect(await bench.page.evaluate(`document.querySelector("#saved-list img")`)).toBeNull();
      await bench.click("#saved-list button");
      expect(await bench.valueOf("#message")).toBe("00 ff");
      expect(await bench.valueOf("#format")).toBe("hex");
      await bench.click("#saved-list li:first-child .quiet");
      expect(await bench.page.evaluate(NAMES)).toEqual(["a greeting"]);
      expect(await bench.textOf("#saved-count")).toBe("1");
      await bench.click("#saved-list li:first-child .quiet");
      expect(await bench.page.complaints()).toEqual([]);
    });

    test("want a name", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.click("#saved summary");
      await bench.click("#save");
      expect(await bench.textOf("#error")).toBe("Give the message a name.");
    });
  });

  describe("places", () => {
    test("are filled in when a message is sent, also in repeats, from 1 in each connection", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.send("no {{n}}");
      await bench.untilReceived(1);
      await bench.fill("#repeat-every", "1");
      await bench.click("#repeat");
      await bench.untilReceived(4);
      await bench.click("#disconnect");
      await bench.untilLogged("Closed: 1000");
      expect((await bench.payloads("sent")).slice(0, 4)).toEqual(["no 1", "no 2", "no 3", "no 4"]);
      await bench.connect();
      await bench.click("#clear");
      await bench.send("{{n}} {{now}} {{uuid}} {{random:16}} {{other}}");
      await bench.untilLogged("{{other}}");
      expect(await bench.payloads("sent")).toEqual([
        expect.stringMatching(/^1 \d{4}-\S+Z [\da-f-]{36} [\w-]{16} \{\{other\}\}$/),
      ]);
    });

    test("stay in the history as they were typed", async () => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      await bench.connect();
      await bench.send("no {{n}}");
      await bench.page.press("ArrowUp");
      expect(await bench.valueOf("#message")).toBe("no {{n}}");
    });
  });

  describe("first steps", () => {
    test.each([
      { label: "Say hello", query: "", received: /^hello$/ },
      { label: "Send a message in JSON", query: "", received: /"number": 1,\n {2}"at": "20/ },
      { label: "Try a server", query: "?delay=250", received: /^are you there\?$/ },
    ])("$label", async ({ label, query, received }) => {
      await using bench = await openWorkbench(open, server.origin, DESKTOP);
      const step = `[...document.querySelectorAll("#first-steps button")].find((one) => one.textContent.startsWith("${label}"))`;
      await bench.run(`${step}.id = "step"`);
      await bench.click("#step");
      await bench.untilReceived(1);
      await until(bench.page, `document.querySelector('#log [data-direction="received"]')`);
      expect(await bench.payloads("received")).toEqual([expect.stringMatching(received)]);
      expect(await bench.valueOf("#url")).toEndWith(`/websocket${query}`);
      expect(await bench.valueOf("#bench-delay")).toBe(query === "" ? "" : "250");
      const isOffered = `document.querySelector("#first-steps").checkVisibility()`;
      expect(await bench.page.evaluate(isOffered)).toBe(false);
    });
  });
});
