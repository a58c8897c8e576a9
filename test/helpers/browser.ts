import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The paths of Chromium on Debian and others; `BUN_CHROME_PATH` names another, as for Bun itself. */
const CANDIDATES = [
  process.env["BUN_CHROME_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

const CHROMIUM = CANDIDATES.find((path) => path !== undefined && existsSync(path));

/** Whether browser tests are skipped, as Chromium is missing; in CI they fail instead. */
export const isBrowserMissing = CHROMIUM === undefined && process.env["CI"] === undefined;

/** The window sizes of a laptop and a phone. */
export const DESKTOP = { width: 1280, height: 800 } as const;
export const PHONE = { width: 390, height: 844 } as const;

const FLAGS = [
  // Chromium has no sandbox for root, the user in most containers.
  "--no-sandbox",
  // Chromium loads nothing but the pages under test.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

/** A page in the browser, with the errors that occurred in it. */
export interface Page extends Disposable {
  readonly view: Bun.WebView;
  /** The errors and warnings of the page's console, including policy violations. */
  readonly complaints: string[];
}

/** The directory of all that the browser writes: short, as a socket's path is 107 bytes at most. */
const homeOfBrowser = () => join(tmpdir(), `chromium-${process.pid}`);

/**
 * Makes a program that starts Chromium with its socket in a directory. Bun gives it the environment
 * that this process began with, and kills it in the end, so that it cannot remove the socket.
 */
function makeLauncher(home: string, chromium: string): string {
  const launcher = join(home, "launch");
  if (existsSync(launcher)) return launcher;
  mkdirSync(home, { recursive: true });
  writeFileSync(launcher, `#!/bin/sh\nTMPDIR='${home}' exec '${chromium}' "$@"\n`, { mode: 0o755 });
  return launcher;
}

/** Ends the browser, if there is one, and removes what it has written once it is gone. */
export async function closeBrowser(): Promise<void> {
  const home = homeOfBrowser();
  if (!existsSync(home)) return;
  Bun.WebView.closeAll();
  // Bun kills one process of it. The others end when they see that, and write until then.
  while (isInUse(home)) await Bun.sleep(1);
  rmSync(home, { recursive: true });
}

/** Tells whether a process has a directory in its command or its environment; Linux only. */
function isInUse(directory: string): boolean {
  if (!existsSync("/proc/self")) return false;
  return readdirSync("/proc").some((name) => {
    try {
      const texts = ["cmdline", "environ"].map((file) => readFileSync(`/proc/${name}/${file}`));
      return texts.some((text) => text.includes(directory));
    } catch {
      return false; // no process, or one that is gone
    }
  });
}

/** Opens a window. All of them share one browser, which lasts until `closeBrowser()`. */
export function openPage(size: { readonly width: number; readonly height: number }): Page {
  const complaints: string[] = [];
  const home = homeOfBrowser();
  const view = new Bun.WebView({
    ...size,
    dataStore: { directory: join(home, "profile") },
    backend: {
      type: "chrome",
      argv: FLAGS,
      ...(CHROMIUM === undefined ? {} : { path: makeLauncher(home, CHROMIUM) }),
    },
    console: (level: string, ...parts: unknown[]) => {
      if (level === "error" || level === "warn") complaints.push(parts.map(String).join(" "));
    },
  });
  return { view, complaints, [Symbol.dispose]: () => view.close() };
}

/** Resolves once the expression is true in the page; the page looks at every frame it paints. */
export async function until(view: Bun.WebView, expression: string): Promise<void> {
  await view.evaluate(`new Promise((resolve) => {
    const look = () => ((${expression}) ? resolve(true) : requestAnimationFrame(look));
    look();
  })`);
}

/** Clicks a link that leads to another page, and waits until that one is loaded. */
export async function follow(view: Bun.WebView, selector: string): Promise<void> {
  const rectangle = `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()`;
  const place = `(({ x, y, height }) => [x + 4, y + height / 2])(${rectangle})`;
  const [x, y] = (await view.evaluate(place)) as [number, number];
  await clickAway(view, x, y);
}

/** Clicks a link of a page that runs no scripts, so that only the browser knows where the link is. */
export async function followWithoutScripts(view: Bun.WebView, selector: string): Promise<void> {
  const { root } = (await view.cdp("DOM.getDocument")) as { root: { nodeId: number } };
  const node = await view.cdp("DOM.querySelector", { nodeId: root.nodeId, selector });
  const { model } = (await view.cdp("DOM.getBoxModel", node as { nodeId: number })) as {
    model: { content: [left: number, top: number, right: number, ...number[]] };
  };
  const [left, top] = model.content;
  await clickAway(view, left + 4, top + 4);
}

/** Identifies a document, as each has a time origin of its own. */
const DOCUMENT = "[performance.timeOrigin, document.readyState]";

function clickAway(view: Bun.WebView, x: number, y: number): Promise<void> {
  return leave(view, () => view.click(x, y));
}

/**
 * Performs an act that leads to another page, and polls until that page is complete. The act itself may
 * never be confirmed, as its page is gone.
 */
export async function leave(view: Bun.WebView, act: () => Promise<unknown>): Promise<void> {
  const [before] = (await view.evaluate(DOCUMENT)) as [number, string];
  act().catch(() => undefined);
  for (;;) {
    const answer = await view.evaluate(DOCUMENT).catch(() => undefined);
    const [now, state] = (answer ?? [before, ""]) as [number, string];
    if (now !== before && state === "complete") return;
  }
}
