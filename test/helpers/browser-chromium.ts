import {
  asJson,
  fromJson,
  type Browser,
  type Engine,
  type KeyOptions,
  type LaunchOptions,
  type Media,
  type Page,
  type PageOptions,
  type Size,
} from "./browser-engine.ts";
import { complaintOf } from "./browser-chromium-complaints.ts";
import { characters } from "./browser-keys.ts";
import { findBrowserPrograms, runBrowserProgram } from "./browser-program.ts";
import { connectToBrowser, nextEvent, type BrowserSocket } from "./browser-socket.ts";
import { makeTree } from "./tree.ts";

/**
 * The program: Chromium without its windows, whose flows take a third of the time, or else the whole, which
 * most people have. Debian's script around the former dies of a signal alone, and Chromium stays.
 */
const PROGRAM =
  ["/usr/lib/chromium/chromium-headless-shell", "chromium-headless-shell", "chromium"].find(
    (name) => Bun.which(name) !== null,
  ) ?? "chromium-headless-shell";

/** Chromium, by the DevTools protocol. */
export const CHROMIUM: Engine = {
  name: "Chromium",
  programs: findBrowserPrograms(PROGRAM),
  emulates: true,
  launch,
};

const FLAGS = [
  "--headless",
  "--remote-debugging-port=0",
  // Chromium has no sandbox for root, the user in most containers.
  "--no-sandbox",
  // Small containers have little shared memory.
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--hide-scrollbars",
  "--force-device-scale-factor=1",
  // Chromium loads nothing but the pages under test.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-breakpad",
  "--disable-sync",
  "--disable-quic",
];

async function launch({ trustsEveryone = false }: LaunchOptions): Promise<Browser> {
  await using parts = new AsyncDisposableStack();
  const home = parts.use(makeTree({ "downloads/": "" }));
  const flags = [...FLAGS, `--user-data-dir=${home.at("profile")}`];
  if (trustsEveryone) flags.push("--ignore-certificate-errors");
  const program = parts.use(runBrowserProgram(PROGRAM, [...flags, "about:blank"], home));
  const banner = await program.complained("DevTools listening on ");
  const socket = parts.use(await connectToBrowser(/ws:\S+/.exec(banner)?.[0] ?? ""));
  const downloads = home.at("downloads");
  const kept = parts.move();
  return {
    downloads,
    hasEnded: socket.hasEnded,
    open: (size, options = {}) => openPage(socket, downloads, size, options),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function openPage(
  socket: BrowserSocket,
  downloadPath: string,
  size: Size,
  { scheme = "light", withoutScripts = false }: PageOptions,
): Promise<Page> {
  // A context of its own has a storage of its own.
  const context = await socket.send<Context>("Target.createBrowserContext");
  const behavior = { behavior: "allow", downloadPath, ...context };
  await socket.send("Browser.setDownloadBehavior", behavior);
  const target = { url: "about:blank", ...context };
  const { targetId } = await socket.send<{ targetId: string }>("Target.createTarget", target);
  const attachment = { targetId, flatten: true };
  const attached = await socket.send<{ sessionId: string }>("Target.attachToTarget", attachment);
  const page = new ChromiumPage(socket, context, attached.sessionId, scheme);
  for (const domain of ["Page", "Runtime", "Log", "DOM"]) await page.send(`${domain}.enable`);
  await page.send("Emulation.setFocusEmulationEnabled", { enabled: true });
  if (withoutScripts) await page.send("Emulation.setScriptExecutionDisabled", { value: true });
  await page.resize(size);
  await page.emulate({});
  return page;
}

interface Context {
  readonly browserContextId: string;
}

class ChromiumPage implements Page {
  readonly #socket: BrowserSocket;
  readonly #context: Context;
  readonly #sessionId: string;
  readonly #scheme: string;
  readonly #complaints: string[] = [];
  readonly #stopListening: () => void;

  constructor(socket: BrowserSocket, context: Context, sessionId: string, scheme: string) {
    this.#socket = socket;
    this.#context = context;
    this.#sessionId = sessionId;
    this.#scheme = scheme;
    this.#stopListening = socket.listen((event) => {
      const complaint = event.sessionId === sessionId ? complaintOf(event) : undefined;
      if (complaint !== undefined) this.#complaints.push(complaint);
    });
  }

  send<Result>(method: string, params?: object): Promise<Result> {
    return this.#socket.send(method, params, this.#sessionId);
  }

  async goto(url: string): Promise<void> {
    const loaded = this.#loaded();
    const { errorText } = await this.send<{ errorText?: string }>("Page.navigate", { url });
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
    await loaded;
  }

  async url(): Promise<string> {
    const { entries, currentIndex } = await this.send<History>("Page.getNavigationHistory");
    return entries[currentIndex]?.url ?? "";
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send<Evaluation>("Runtime.evaluate", {
      expression: asJson(expression),
      awaitPromise: true,
    });
    if (exceptionDetails === undefined) return fromJson(result.value);
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }

  async click(selector: string): Promise<void> {
    const node = await this.#find(selector);
    await this.send("DOM.scrollIntoViewIfNeeded", node);
    const { quads } = await this.send<{ quads: readonly Quad[] }>("DOM.getContentQuads", node);
    if (quads[0] === undefined) throw new Error(`${selector} is not shown`);
    const [left, top, , , right, bottom] = quads[0];
    const point = { x: (left + right) / 2, y: (top + bottom) / 2, button: "left", clickCount: 1 };
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, ...point });
    }
  }

  async type(text: string): Promise<void> {
    await Promise.all(characters(text).map((character) => this.press(character)));
  }

  async press(key: string, { control = false }: KeyOptions = {}): Promise<void> {
    const code = CODES[key];
    const text = code !== undefined || control ? TEXTS[key] : key;
    const event = { key, windowsVirtualKeyCode: code, text, modifiers: control ? CONTROL : 0 };
    await Promise.all([
      this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event }),
      this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event }),
    ]);
  }

  async choose(selector: string, path: string): Promise<void> {
    await this.send("DOM.setFileInputFiles", { ...(await this.#find(selector)), files: [path] });
  }

  async leave(act: () => Promise<unknown>): Promise<void> {
    await Promise.all([this.#loaded(), act()]);
  }

  back(): Promise<void> {
    return this.#travel(-1);
  }

  forward(): Promise<void> {
    return this.#travel(1);
  }

  async reload(): Promise<void> {
    await this.leave(() => this.send("Page.reload"));
  }

  async resize({ width, height }: Size): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.send("Emulation.setDeviceMetricsOverride", metrics);
  }

  async emulate({ type, reducedMotion, forcedColors }: Media): Promise<void> {
    const features = [
      { name: "prefers-color-scheme", value: this.#scheme },
      { name: "prefers-reduced-motion", value: reducedMotion ? "reduce" : "" },
      { name: "forced-colors", value: forcedColors ? "active" : "" },
    ];
    await this.send("Emulation.setEmulatedMedia", { media: type ?? "", features });
  }

  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.send<{ data: string }>("Page.captureScreenshot");
    return Buffer.from(data, "base64");
  }

  async complaints(): Promise<readonly string[]> {
    await this.send("Runtime.evaluate", { expression: "0" }); // the answer comes after the events
    return this.#complaints;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening();
    await this.#socket.send("Target.disposeBrowserContext", this.#context);
  }

  /** Resolves at the next load, or when a page comes back from the page cache, which loads nothing. */
  #loaded(): Promise<unknown> {
    return nextEvent(this.#socket, ({ sessionId, method, params }) => {
      if (sessionId !== this.#sessionId) return false;
      const isBack =
        method === "Page.frameNavigated" &&
        (params as { type?: string }).type === "BackForwardCacheRestore";
      return isBack || method === "Page.loadEventFired";
    });
  }

  async #travel(step: number): Promise<void> {
    const { entries, currentIndex } = await this.send<History>("Page.getNavigationHistory");
    const entry = entries[currentIndex + step];
    if (entry === undefined) throw new Error("there is no such page in the history");
    const target = { entryId: entry.id };
    await this.leave(() => this.send("Page.navigateToHistoryEntry", target));
  }

  async #find(selector: string): Promise<{ nodeId: number }> {
    const { root } = await this.send<{ root: { nodeId: number } }>("DOM.getDocument");
    const query = { nodeId: root.nodeId, selector };
    const node = await this.send<{ nodeId: number }>("DOM.querySelector", query);
    if (node.nodeId === 0) throw new Error(`the page has no ${selector}`);
    return node;
  }
}

/** The corners of a box, from the top left on, clockwise. */
type Quad = readonly [
  left: number,
  top: number,
  right: number,
  top: number,
  right: number,
  bottom: number,
  left: number,
  bottom: number,
];

interface Evaluation {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

interface History {
  readonly currentIndex: number;
  readonly entries: readonly { readonly id: number; readonly url: string }[];
}

/** The keys that are no characters, as Windows numbers them. */
const CODES: Readonly<Record<string, number>> = {
  Backspace: 8,
  Tab: 9,
  Enter: 13,
  Escape: 27,
  PageUp: 33,
  PageDown: 34,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};

/** The bit of the Control key among the modifiers. */
const CONTROL = 2;

/** Enter does nothing without its character. */
const TEXTS: Readonly<Record<string, string>> = { Enter: "\r" };
