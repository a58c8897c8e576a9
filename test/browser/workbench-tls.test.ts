import { expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { driveWorkbench } from "../helpers/workbench.ts";

setDefaultTimeout(PATIENCE_MS);

const OWN = { kind: "own", ca: undefined, http2: true } as const;
const LAST = "#log li:last-child";

inEngines(
  ({ open }) => {
    test("over https the workbench does what it does over http", async () => {
      await using server = startTestServer({ host: "localhost", tls: OWN });
      await using page = await open(DESKTOP);
      await page.goto(`https://localhost:${server.port}/test.html`);
      const bench = driveWorkbench(page);
      const echo = `wss://localhost:${server.port}/websocket`;
      await bench.fill("#bench-close", "4000");
      await bench.fill("#bench-reason", "done");
      await bench.fill("#bench-after", "102");
      await bench.fill("#saved-name", "a greeting");
      await bench.fill("#message", '{"n":{{n}}}');
      await bench.click("#save");
      await page.reload();
      expect(await bench.valueOf("#url")).toBe(`${echo}?close=4000,done&after=102`);
      await bench.connect();
      await bench.click("#saved-list button");
      await page.press("Enter");
      await bench.untilReceived(1);
      await bench.untilLogged("ms · text");
      await bench.click(`${LAST} .open`);
      expect(await bench.textOf(`${LAST} .payload`)).toBe('{\n  "n": 1\n}');
      await bench.fill("#burst-count", "100");
      await bench.fill("#burst-flight", "4");
      await bench.click("#burst-start");
      await bench.untilLogged("100 of 100 echoes, in order and byte-exact");
      expect(await bench.textOf("#burst-result")).toContain("Latency with 4 in flight: p50");
      await bench.send("the last");
      await bench.untilLogged("Closed: 4000 “done” · private use");
      await bench.fill("#filter", "/^the last$/");
      const shown = `document.querySelectorAll("#log li:not([hidden])").length`;
      await until(page, `${shown} === 2`);
      expect(await page.complaints()).toEqual([]);
    });
  },
  { trustsEveryone: true },
);
