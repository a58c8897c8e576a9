import { openPage, until, type Page } from "./browser.ts";

/** The WebSocket workbench in a browser, driven by clicks and keys as by a person. */
export interface Workbench extends Disposable {
  readonly page: Page;
  readonly view: Bun.WebView;
  /** Clicks the element of a selector, after scrolling to it. */
  readonly click: (selector: string) => Promise<void>;
  /** Types a text into a field, in place of its content. */
  readonly fill: (selector: string, text: string) => Promise<void>;
  /** Chooses an option of a list. */
  readonly choose: (selector: string, value: string) => Promise<void>;
  /** Runs statements in the page, where `evaluate` takes an expression. */
  readonly run: (statements: string) => Promise<void>;
  /** Connects and waits until messages can be sent. */
  readonly connect: () => Promise<void>;
  /** Types a message and sends it with Enter. */
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
  origin: string,
  size: { readonly width: number; readonly height: number },
  url?: string,
): Promise<Workbench> {
  const page = openPage(size);
  await page.view.navigate(`${origin}/test.html`);
  const workbench = drive(page);
  if (url !== undefined) await workbench.fill("#url", url);
  return workbench;
}

function drive(page: Page): Workbench {
  const { view } = page;
  const click = async (selector: string) => {
    await view.scrollTo(selector);
    await view.click(selector);
  };
  const fill = async (selector: string, text: string) => {
    await view.evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
    await (text === "" ? view.press("Backspace") : view.type(text));
  };
  const run = async (statements: string) => {
    await view.evaluate(`(() => { ${statements} })()`);
  };
  const read = async (selector: string, property: string) =>
    String(await view.evaluate(`document.querySelector(${JSON.stringify(selector)}).${property}`));
  return {
    page,
    view,
    click,
    fill,
    choose: (selector, value) =>
      run(`const list = document.querySelector(${JSON.stringify(selector)});
        list.value = ${JSON.stringify(value)};
        list.dispatchEvent(new Event("change"));`),
    run,
    connect: async () => {
      await click("#connect");
      await until(view, IS_CONNECTED);
    },
    send: async (text) => {
      await fill("#message", text);
      await view.press("Enter");
    },
    untilLogged: (text) =>
      until(view, `document.querySelector("#log").textContent.includes(${JSON.stringify(text)})`),
    untilReceived: (count) =>
      until(view, `Number(document.querySelector("#received-count").value) >= ${count}`),
    textOf: (selector) => read(selector, "textContent"),
    valueOf: (selector) => read(selector, "value"),
    payloads: async (direction) => {
      const rows = `document.querySelectorAll('#log [data-direction="${direction}"] .payload')`;
      return (await view.evaluate(`[...${rows}].map((row) => row.textContent)`)) as string[];
    },
    [Symbol.dispose]: () => page[Symbol.dispose](),
  };
}

const IS_CONNECTED = `document.querySelector("#state").dataset.state === "connected"`;
