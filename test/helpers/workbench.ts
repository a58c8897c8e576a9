import { until, type Page, type Running } from "./browser.ts";
import type { Size } from "./browser-engine.ts";

/** The WebSocket workbench in a browser, driven by clicks and keys as by a person. */
export interface Workbench extends AsyncDisposable {
  readonly page: Page;
  /** Clicks the element of a selector, after scrolling to it. */
  readonly click: (selector: string) => Promise<void>;
  /** Puts a text into a field as if pasted, in place of its content; unfolds what it is in. */
  readonly fill: (selector: string, text: string) => Promise<void>;
  /** Chooses an option of a list. */
  readonly choose: (selector: string, value: string) => Promise<void>;
  /** Runs statements in the page, where `evaluate` takes an expression. */
  readonly run: (statements: string) => Promise<void>;
  /** Connects and waits until messages can be sent. */
  readonly connect: () => Promise<void>;
  /** Puts a message into its field and sends it with Enter. */
  readonly send: (text: string) => Promise<void>;
  /** Waits until the log has this text. */
  readonly untilLogged: (text: string) => Promise<void>;
  /** Waits until so many messages have been received. */
  readonly untilReceived: (count: number) => Promise<void>;
  readonly textOf: (selector: string) => Promise<string>;
  readonly valueOf: (selector: string) => Promise<string>;
  /** Returns the payloads of the log's rows of one direction. */
  readonly payloads: (direction: "sent" | "received" | "info") => Promise<string[]>;
}

/** Opens `/test.html` of this origin, with another address in its URL field if one is given. */
export async function openWorkbench(
  open: Running["open"],
  origin: string,
  size: Size,
  url?: string,
): Promise<Workbench> {
  const page = await open(size);
  await page.goto(`${origin}/test.html`);
  const workbench = driveWorkbench(page);
  if (url !== undefined) await workbench.fill("#url", url);
  return workbench;
}

/** Drives a workbench that is open already. */
export function driveWorkbench(page: Page): Workbench {
  const fill = async (selector: string, text: string) => {
    const field = `document.querySelector(${JSON.stringify(selector)})`;
    // A driver takes milliseconds for each key.
    await page.evaluate(`(() => {
      const fold = ${field}.closest("details");
      if (fold) fold.open = true;
      ${field}.focus();
      ${field}.select();
      document.execCommand(${text === "" ? '"delete"' : `"insertText", false, ${JSON.stringify(text)}`});
    })()`);
  };
  const run = async (statements: string) => {
    await page.evaluate(`(() => { ${statements} })()`);
  };
  const read = async (selector: string, property: string) =>
    String(await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).${property}`));
  return {
    page,
    click: (selector) => page.click(selector),
    fill,
    choose: (selector, value) =>
      run(`const list = document.querySelector(${JSON.stringify(selector)});
        list.value = ${JSON.stringify(value)};
        list.dispatchEvent(new Event("change"));`),
    run,
    connect: async () => {
      await page.click("#connect");
      await until(page, IS_CONNECTED);
    },
    send: async (text) => {
      await fill("#message", text);
      await page.press("Enter");
    },
    untilLogged: (text) =>
      until(page, `document.querySelector("#log").textContent.includes(${JSON.stringify(text)})`),
    untilReceived: (count) =>
      until(page, `Number(document.querySelector("#received-count").value) >= ${count}`),
    textOf: (selector) => read(selector, "textContent"),
    valueOf: (selector) => read(selector, "value"),
    payloads: async (direction) => {
      const rows = `document.querySelectorAll('#log [data-direction="${direction}"] .payload')`;
      return (await page.evaluate(`[...${rows}].map((row) => row.textContent)`)) as string[];
    },
    [Symbol.asyncDispose]: () => page[Symbol.asyncDispose](),
  };
}

const IS_CONNECTED = `document.querySelector("#state").dataset.state === "connected"`;
