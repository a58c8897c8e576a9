import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DESKTOP, isBrowserMissing, openPage, until } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const OWN = { kind: "own", ca: undefined, http2: true } as const;

describe.skipIf(isBrowserMissing)("over TLS, Chromium", () => {
  test("refuses a certificate that nobody vouches for", async () => {
    await using server = startTestServer({ host: "localhost", tls: OWN });
    using page = openPage(DESKTOP);
    await expect(page.view.navigate(`https://localhost:${server.port}/`)).rejects.toThrow(
      "net::ERR_CERT_AUTHORITY_INVALID",
    );
  });

  test("shows the index over HTTP/2, and the test page echoes over wss, once somebody does", async () => {
    using tree = makeTree({ "hello.txt": "hello" });
    await using server = startTestServer({ directory: tree.path, host: "localhost", tls: OWN });
    using page = openPage(DESKTOP);
    const { view } = page;
    await view.navigate("about:blank");
    await view.cdp("Security.setIgnoreCertificateErrors", { ignore: true });
    await view.navigate(`https://localhost:${server.port}/`);
    const protocol = "performance.getEntriesByType('navigation')[0].nextHopProtocol";
    expect(await view.evaluate(protocol)).toBe("h2");
    expect(await view.evaluate("document.querySelector('tbody').textContent")).toContain(
      "hello.txt",
    );
    await view.navigate(`https://localhost:${server.port}/test.html`);
    const url = await view.evaluate("document.querySelector('#url').value");
    expect(url).toBe(`wss://localhost:${server.port}/websocket`);
    await view.click("#connect");
    await until(view, "!document.querySelector('#send').disabled");
    await view.click("#message");
    await view.type("hello");
    await view.press("Enter");
    const received = `document.querySelector('#log [data-direction="received"] .payload')`;
    await until(view, `${received} !== null`);
    expect(await view.evaluate(`${received}.textContent`)).toBe("hello");
    expect(page.complaints).toEqual([]);
  });
});
