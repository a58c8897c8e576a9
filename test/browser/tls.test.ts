import { expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, inEngines, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const OWN = { kind: "own", ca: undefined, http2: true } as const;

/** How each engine says that it does not know who signed a certificate. */
const REFUSALS = {
  Chromium: "net::ERR_CERT_AUTHORITY_INVALID",
  Firefox: "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT",
  WebKit: "led to about:blank",
} as const;

inEngines(({ engine, open }) => {
  test("over TLS a certificate that nobody vouches for is refused", async () => {
    await using server = startTestServer({ host: "localhost", tls: OWN });
    await using page = await open(DESKTOP);
    await expect(page.goto(`https://localhost:${server.port}/`)).rejects.toThrow(
      REFUSALS[engine.name],
    );
  });
});

inEngines(
  ({ open }) => {
    test("over TLS the index comes, and the test page echoes over wss", async () => {
      using tree = makeTree({ "hello.txt": "hello" });
      await using server = startTestServer({ directory: tree.path, host: "localhost", tls: OWN });
      await using page = await open(DESKTOP);
      await page.goto(`https://localhost:${server.port}/`);
      const protocol = "performance.getEntriesByType('navigation')[0].nextHopProtocol";
      expect(await page.evaluate(protocol)).toBe("h2");
      expect(await page.evaluate("document.querySelector('tbody').textContent")).toContain(
        "hello.txt",
      );
      await page.goto(`https://localhost:${server.port}/test.html`);
      const url = await page.evaluate("document.querySelector('#url').value");
      expect(url).toBe(`wss://localhost:${server.port}/websocket`);
      await page.click("#connect");
      await until(page, "!document.querySelector('#send').disabled");
      await page.click("#message");
      await page.type("hello");
      await page.press("Enter");
      const received = `document.querySelector('#log [data-direction="received"] .payload')`;
      await until(page, `${received} !== null`);
      expect(await page.evaluate(`${received}.textContent`)).toBe("hello");
      expect(await page.complaints()).toEqual([]);
    });
  },
  { trustsEveryone: true },
);
