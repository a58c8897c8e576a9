import {
  asJson,
  fromJson,
  type Browser,
  type Engine,
  type KeyOptions,
  type LaunchOptions,
  type Page,
  type PageOptions,
  type Size,
} from "./browser-engine.ts";
import { pressing, typing } from "./browser-keys.ts";
import { findBrowserPrograms, runBrowserProgram } from "./browser-program.ts";
import { freeFixedPort, untilReady, type Program } from "./program.ts";
import { makeTree, type Tree } from "./tree.ts";

/** WebKitGTK, by WebDriver, on a screen that nobody sees. */
export const WEBKIT: Engine = {
  name: "WebKit",
  programs: findBrowserPrograms("WebKitWebDriver", "Xvfb"),
  emulates: false,
  launch,
};

/** GTK's rules for the toolbar, which would keep a window from being as narrow as a phone. */
const NARROW_TOOLBAR = "* { min-width: 0; padding: 0; font-size: 1px; }";

/** The arguments of Xvfb, which prints the number of the display that it has taken. */
const SCREEN = ["-screen", "0", "1600x1200x24", "-nolisten", "tcp", "-displayfd", "1"];

async function launch({ trustsEveryone = false }: LaunchOptions): Promise<Browser> {
  await using parts = new AsyncDisposableStack();
  const home = parts.use(
    makeTree({
      "downloads/": "",
      "user-dirs.dirs": `XDG_DOWNLOAD_DIR="$HOME/downloads"\n`,
      "gtk-3.0/gtk.css": NARROW_TOOLBAR,
    }),
  );
  const xvfb = runBrowserProgram("Xvfb", SCREEN, home);
  parts.defer(async () => {
    // Unlike a killed one, a screen that is asked to end leaves no lock.
    xvfb.signal("SIGTERM");
    await xvfb.ended;
  });
  const display = `:${(await xvfb.printed("\n")).trim()}`;
  const sessions = new Map<string, Session>();
  const startFor = async (scheme: string) => {
    // The scheme is that of the desktop, which a browser asks once.
    const theme = scheme === "dark" ? "Adwaita:dark" : "Adwaita";
    const session = await startSession(home, { display, theme, trustsEveryone });
    kept.use(session.program);
    sessions.set(scheme, session);
    return session;
  };
  const kept = parts.move();
  return {
    downloads: home.at("downloads"),
    open: async (size, { scheme = "light" }: PageOptions = {}) =>
      openPage(sessions.get(scheme) ?? (await startFor(scheme)), size),
    hasEnded: () => xvfb.hasEnded() || sessions.values().some(({ program }) => program.hasEnded()),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What a browser finds around it. */
interface Desktop {
  readonly display: string;
  readonly theme: string;
}

/** A browser and its driver. Commands go to the window that was chosen last, one after the other. */
interface Session {
  readonly program: Program;
  readonly origin: string;
  /** The window that is there from the start to the end. */
  readonly firstWindow: string;
  window: string;
}

async function startSession(
  home: Tree,
  { display, theme, trustsEveryone }: Desktop & LaunchOptions,
): Promise<Session> {
  await using parts = new AsyncDisposableStack();
  const port = await freeFixedPort();
  const program = parts.use(
    runBrowserProgram("WebKitWebDriver", [`--port=${port}`], home, {
      XDG_CONFIG_HOME: home.path,
      XDG_RUNTIME_DIR: home.path,
      DISPLAY: display,
      GTK_THEME: theme,
      // There is no desktop to ask for assistive technologies.
      NO_AT_BRIDGE: "1",
    }),
  );
  const driver = `http://127.0.0.1:${port}`;
  await untilReady(() => isReady(driver), program.ended);
  const origin = `${driver}/session`;
  const capabilities = { alwaysMatch: { acceptInsecureCerts: trustsEveryone } };
  const made = (await request(origin, "POST", { capabilities })) as { sessionId: string };
  const session = `${origin}/${made.sessionId}`;
  // The tests have time limits of their own.
  await request(`${session}/timeouts`, "POST", { script: null });
  const firstWindow = String(await request(`${session}/window`, "GET"));
  parts.move();
  return { program, origin: session, firstWindow, window: firstWindow };
}

/** Asks plainly, over whatever transport the tests are run. */
function isReady(driver: string): Promise<boolean> {
  return fetch(`${driver}/status`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function request(url: string, method: string, body?: object): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(url, init);
  const { value } = (await response.json()) as { value: unknown };
  if (response.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`${error}: ${message}`);
}

async function openPage(session: Session, size: Size): Promise<Page> {
  const made = await request(`${session.origin}/window/new`, "POST", { type: "window" });
  const page = new WebKitPage(session, (made as { handle: string }).handle);
  await page.resize(size);
  return page;
}

class WebKitPage implements Page {
  readonly #session: Session;
  readonly #window: string;
  readonly #complaints: string[] = [];

  constructor(session: Session, window: string) {
    this.#session = session;
    this.#window = window;
  }

  async goto(url: string): Promise<void> {
    await this.#keepComplaints();
    await this.#send("POST", "/url", { url });
    // The page knows: the address that the driver tells may be that of a page that did not come.
    const shown = String(await this.evaluate("location.href"));
    if (shown !== new URL(url).href) throw new Error(`${url} led to ${shown}`);
    await this.evaluate(OBSERVE);
  }

  async url(): Promise<string> {
    return String(await this.#send("GET", "/url"));
  }

  async evaluate(expression: string): Promise<unknown> {
    const script = `const [done] = arguments;
      ${asJson(expression)}.then((json) => done({ json }), (error) => done({ error: String(error) }))`;
    const answer = await this.#send("POST", "/execute/async", { script, args: [] });
    const { json, error } = answer as { json?: string; error?: string };
    if (error !== undefined) throw new Error(error);
    return fromJson(json);
  }

  async click(selector: string): Promise<void> {
    // By itself the driver may leave it below what sticks to an edge of the window.
    await this.evaluate(
      `document.querySelector(${JSON.stringify(selector)})?.scrollIntoView({ block: "center" })`,
    );
    await this.#send("POST", `/element/${await this.#find(selector)}/click`, {});
  }

  async type(text: string): Promise<void> {
    await this.#perform(typing(text));
  }

  async press(key: string, options: KeyOptions = {}): Promise<void> {
    await this.#perform(pressing(key, options));
  }

  async choose(selector: string, path: string): Promise<void> {
    await this.#send("POST", `/element/${await this.#find(selector)}/value`, { text: path });
  }

  /** WebDriver has no events: a script waits in the document that is left for its end. */
  async leave(act: () => Promise<unknown>): Promise<void> {
    await this.#keepComplaints();
    const left = await this.evaluate("performance.timeOrigin");
    await act();
    const isLeft = `performance.timeOrigin !== ${left} ||
      new Promise((resolve) => addEventListener("pagehide", () => resolve(false)))`;
    const failed = (error: unknown) => {
      // A script may end with its document, and it does with its browser.
      if (this.#session.program.hasEnded()) throw error;
      return false;
    };
    while (!(await this.evaluate(isLeft).catch(failed)));
    await this.evaluate(OBSERVE);
  }

  back(): Promise<void> {
    return this.leave(() => this.#send("POST", "/back", {}));
  }

  forward(): Promise<void> {
    return this.leave(() => this.#send("POST", "/forward", {}));
  }

  reload(): Promise<void> {
    return this.leave(() => this.#send("POST", "/refresh", {}));
  }

  /** The window has a toolbar above the page. */
  async resize({ width, height }: Size): Promise<void> {
    const toolbar = Number(await this.evaluate("outerHeight - innerHeight"));
    await this.#send("POST", "/window/rect", { x: 0, y: 0, width, height: height + toolbar });
  }

  async emulate(): Promise<void> {
    throw new Error("WebKitWebDriver emulates nothing");
  }

  async screenshot(): Promise<Uint8Array> {
    return Buffer.from(String(await this.#send("GET", "/screenshot")), "base64");
  }

  async complaints(): Promise<readonly string[]> {
    await this.#keepComplaints();
    return this.#complaints;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#send("DELETE", "/window");
    const { origin, firstWindow } = this.#session;
    await request(`${origin}/window`, "POST", { handle: firstWindow });
    this.#session.window = firstWindow;
  }

  async #keepComplaints(): Promise<void> {
    this.#complaints.push(...((await this.evaluate(TAKE)) as string[]));
  }

  async #send(method: string, path: string, body?: object): Promise<unknown> {
    const { origin, window } = this.#session;
    if (window !== this.#window) {
      await request(`${origin}/window`, "POST", { handle: this.#window });
      this.#session.window = this.#window;
    }
    return request(`${origin}${path}`, method, body);
  }

  async #perform(source: object): Promise<void> {
    await this.#send("POST", "/actions", { actions: [source] });
  }

  async #find(selector: string): Promise<string> {
    const search = { using: "css selector", value: selector };
    const element = (await this.#send("POST", "/element", search)) as Record<string, string>;
    return Object.values(element)[0] ?? "";
  }
}

/**
 * Waits until the present document is loaded, and collects its complaints from now on. WebKitGTK tells
 * of its console neither by WebDriver nor, in automation, on its standard output: a complaint that comes
 * before a page is loaded is lost.
 */
const OBSERVE = `(() => {
  const { promise: loaded, resolve } = Promise.withResolvers();
  if (document.readyState === "complete") resolve();
  else addEventListener("load", () => setTimeout(resolve));
  if (window.complaints !== undefined) return loaded;
  window.complaints = [];
  const keep = (...parts) => complaints.push(parts.map(String).join(" "));
  addEventListener("error", ({ message }) => keep(message));
  addEventListener("unhandledrejection", ({ reason }) => keep(reason));
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    keep("Content-Security-Policy", violatedDirective, blockedURI));
  console.error = keep;
  console.warn = keep;
  return loaded;
})()`;

const TAKE = "(window.complaints ?? []).splice(0)";
