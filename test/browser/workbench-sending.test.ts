import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, PHONE, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const HOSTILE = "<img src=x onerror=document.title='owned'>";

const { tree, server } = useTestServer({ "picture.bin": Buffer.from([0, 1, 254, 255]) });

inEngines(({ open }) => {
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
});
