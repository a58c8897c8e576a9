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
import { pressing, typing } from "./browser-keys.ts";
import { findBrowserPrograms, runBrowserProgram } from "./browser-program.ts";
import {
  connectToBrowser,
  nextEvent,
  type BrowserEvent,
  type BrowserSocket,
} from "./browser-socket.ts";
import { makeTree } from "./tree.ts";

/** Firefox, by WebDriver BiDi. */
export const FIREFOX: Engine = {
  name: "Firefox",
  programs: findBrowserPrograms("firefox-esr"),
  emulates: true,
  launch,
};

const FLAGS = [
  "--headless",
  "--no-remote",
  "--remote-debugging-port=0",
  // BiDi of Firefox 153 has no commands for colors, print and scripts; its own scripts can set them.
  "--remote-allow-system-access",
];

async function launch({ trustsEveryone = false }: LaunchOptions): Promise<Browser> {
  await using parts = new AsyncDisposableStack();
  const home = parts.use(makeTree({ "downloads/": "", "profile/": "" }));
  const args = [...FLAGS, "--profile", home.at("profile"), "about:blank"];
  const program = parts.use(runBrowserProgram("firefox-esr", args, home));
  const banner = await program.complained("WebDriver BiDi listening on ");
  const socket = parts.use(await connectToBrowser(`${/ws:\S+/.exec(banner)?.[0]}/session`));
  const capabilities = { alwaysMatch: { acceptInsecureCerts: trustsEveryone } };
  await socket.send("session.new", { capabilities });
  await socket.send("session.subscribe", { events: ["log.entryAdded", "browsingContext.load"] });
  const downloads = home.at("downloads");
  const downloadBehavior = { type: "allowed", destinationFolder: downloads };
  await socket.send("browser.setDownloadBehavior", { downloadBehavior });
  const chrome = await socket.send<Contexts>("browsingContext.getTree", { "moz:scope": "chrome" });
  const chromeContext = chrome.contexts[0]?.context ?? "";
  const kept = parts.move();
  return {
    downloads,
    hasEnded: socket.hasEnded,
    open: (size, options = {}) => openPage(socket, chromeContext, size, options),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface Contexts {
  readonly contexts: readonly { readonly context: string; readonly url: string }[];
}

async function openPage(
  socket: BrowserSocket,
  chromeContext: string,
  size: Size,
  { scheme = "light", withoutScripts = false }: PageOptions,
): Promise<Page> {
  // A user context of its own has a storage of its own.
  const user = await socket.send<{ userContext: string }>("browser.createUserContext");
  const window = { type: "tab", ...user };
  const opened = await socket.send<{ context: string }>("browsingContext.create", window);
  const page = new FirefoxPage(socket, chromeContext, opened.context, user);
  await page.resize(size);
  await page.override({ prefersColorSchemeOverride: scheme, allowJavascript: !withoutScripts });
  return page;
}

class FirefoxPage implements Page {
  readonly #socket: BrowserSocket;
  readonly #chromeContext: string;
  readonly #context: string;
  readonly #user: { readonly userContext: string };
  readonly #complaints: string[] = [];
  readonly #stopListening: () => void;

  constructor(
    socket: BrowserSocket,
    chromeContext: string,
    context: string,
    user: { readonly userContext: string },
  ) {
    this.#socket = socket;
    this.#chromeContext = chromeContext;
    this.#context = context;
    this.#user = user;
    this.#stopListening = socket.listen((event) => {
      const complaint = complaintOf(event, context);
      if (complaint !== undefined) this.#complaints.push(complaint);
    });
  }

  async goto(url: string): Promise<void> {
    await this.#send("browsingContext.navigate", { url, wait: "complete" });
  }

  async url(): Promise<string> {
    const root = { root: this.#context };
    const { contexts } = await this.#socket.send<Contexts>("browsingContext.getTree", root);
    return contexts[0]?.url ?? "";
  }

  evaluate(expression: string): Promise<unknown> {
    return evaluate(this.#socket, this.#context, expression);
  }

  async click(selector: string): Promise<void> {
    const element = await this.#find(selector);
    await this.#send("script.callFunction", {
      functionDeclaration: `(element) => element.scrollIntoView({ block: "center" })`,
      arguments: [element],
      awaitPromise: false,
      target: { context: this.#context, sandbox: "driver" }, // it runs where the page's scripts do not
    });
    const actions = [
      { type: "pointerMove", x: 0, y: 0, origin: { type: "element", element } },
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ];
    await this.#perform({ type: "pointer", id: "mouse", actions });
  }

  async type(text: string): Promise<void> {
    await this.#perform(typing(text));
  }

  async press(key: string, options: KeyOptions = {}): Promise<void> {
    await this.#perform(pressing(key, options));
  }

  async choose(selector: string, path: string): Promise<void> {
    await this.#send("input.setFiles", { element: await this.#find(selector), files: [path] });
  }

  async leave(act: () => Promise<unknown>): Promise<void> {
    const loaded = nextEvent(this.#socket, ({ method, params }) => {
      const { context, navigation } = params as { context: string; navigation: string | null };
      // A window's first, empty document is no navigation, and may be loaded late.
      const isOurs = context === this.#context && navigation !== null;
      return method === "browsingContext.load" && isOurs;
    });
    await Promise.all([loaded, act()]);
  }

  async back(): Promise<void> {
    await this.#travel(-1);
  }

  async forward(): Promise<void> {
    await this.#travel(1);
  }

  async reload(): Promise<void> {
    await this.#send("browsingContext.reload", { wait: "complete" });
  }

  async resize(viewport: Size): Promise<void> {
    await this.#send("browsingContext.setViewport", { viewport });
  }

  async emulate({ type, reducedMotion, forcedColors }: Media): Promise<void> {
    await this.override({
      mediumOverride: type ?? "",
      prefersReducedMotionOverride: reducedMotion ? "reduce" : "none",
      forcedColorsOverride: forcedColors ? "active" : "none",
    });
  }

  /** Sets what Firefox itself can set of a page. */
  async override(values: Readonly<Record<string, string | boolean>>): Promise<void> {
    const module = "chrome://remote/content/shared/NavigableManager.sys.mjs";
    const navigable = `ChromeUtils.importESModule(${JSON.stringify(module)})
      .NavigableManager.getBrowsingContextById(${JSON.stringify(this.#context)})`;
    const expression = `void Object.assign(${navigable}, ${JSON.stringify(values)})`;
    await evaluate(this.#socket, this.#chromeContext, expression);
  }

  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.#send<{ data: string }>("browsingContext.captureScreenshot");
    return Buffer.from(data, "base64");
  }

  async complaints(): Promise<readonly string[]> {
    await this.evaluate("0"); // the answer comes after the events
    return this.#complaints;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening();
    await this.#socket.send("browser.removeUserContext", this.#user);
  }

  #send<Result>(method: string, params: object = {}): Promise<Result> {
    return this.#socket.send(method, { context: this.#context, ...params });
  }

  /** Firefox takes a page for there when it is shown, which is before it is loaded. */
  async #travel(delta: number): Promise<void> {
    await this.#send("browsingContext.traverseHistory", { delta });
    await this.evaluate(`document.readyState === "complete" ||
      new Promise((resolve) => addEventListener("load", () => resolve(true)))`);
  }

  async #perform(source: object): Promise<void> {
    await this.#send("input.performActions", { actions: [source] });
  }

  async #find(value: string): Promise<{ sharedId: string }> {
    const locator = { type: "css", value };
    const search = { locator, maxNodeCount: 1 };
    const { nodes } = await this.#send<Located>("browsingContext.locateNodes", search);
    if (nodes[0] === undefined) throw new Error(`the page has no ${value}`);
    return { sharedId: nodes[0].sharedId };
  }
}

interface Located {
  readonly nodes: readonly { readonly sharedId: string }[];
}

interface Evaluation {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string };
}

async function evaluate(
  socket: BrowserSocket,
  context: string,
  expression: string,
): Promise<unknown> {
  const { result, exceptionDetails } = await socket.send<Evaluation>("script.evaluate", {
    expression: asJson(expression),
    awaitPromise: true,
    target: { context },
  });
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
  return fromJson(result.value);
}

interface LogEntry {
  readonly level: string;
  readonly text: string;
  readonly source: { readonly context?: string };
}

function complaintOf({ method, params }: BrowserEvent, context: string): string | undefined {
  if (method !== "log.entryAdded") return undefined;
  const { level, text, source } = params as LogEntry;
  const isComplaint = source.context === context && (level === "error" || level === "warn");
  return isComplaint ? text : undefined;
}
