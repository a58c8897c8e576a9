import { existsSync } from "node:fs";

/** Where Debian and others put it; `BUN_CHROME_PATH` names another, as it does for Bun itself. */
const CANDIDATES = [
  process.env["BUN_CHROME_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

const CHROMIUM = CANDIDATES.find((path) => path !== undefined && existsSync(path));

/** In CI a missing browser is a failure; on a machine without one the tests say that they are skipped. */
export const isBrowserMissing = CHROMIUM === undefined && process.env["CI"] === undefined;

/** A window as wide as a laptop's, or as a phone's. */
export const DESKTOP = { width: 1280, height: 800 } as const;
export const PHONE = { width: 390, height: 844 } as const;

const FLAGS = [
  // Chromium refuses its sandbox to root, which is who runs in most containers.
  "--no-sandbox",
  // Nothing but the pages under test is to be loaded.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

/** A page of the browser, which tells of everything that went wrong in it. */
export interface Page extends Disposable {
  readonly view: Bun.WebView;
  /** What the page's console said at the level of errors and warnings, policy violations included. */
  readonly complaints: string[];
}

/** Opens a window. All of them share one browser, which ends with the process. */
export function openPage(size: { readonly width: number; readonly height: number }): Page {
  const complaints: string[] = [];
  const view = new Bun.WebView({
    ...size,
    backend: {
      type: "chrome",
      argv: FLAGS,
      ...(CHROMIUM === undefined ? {} : { path: CHROMIUM }),
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

/** The same where the page runs no scripts, so that only the browser itself can say where things are. */
export async function followWithoutScripts(view: Bun.WebView, selector: string): Promise<void> {
  const { root } = (await view.cdp("DOM.getDocument")) as { root: { nodeId: number } };
  const node = await view.cdp("DOM.querySelector", { nodeId: root.nodeId, selector });
  const { model } = (await view.cdp("DOM.getBoxModel", node as { nodeId: number })) as {
    model: { content: [left: number, top: number, right: number, ...number[]] };
  };
  const [left, top] = model.content;
  await clickAway(view, left + 4, top + 4);
}

/** Every document has a time origin of its own. */
const DOCUMENT = "[performance.timeOrigin, document.readyState]";

function clickAway(view: Bun.WebView, x: number, y: number): Promise<void> {
  return leave(view, () => view.click(x, y));
}

/**
 * Does what leads to another page, and asks until its document is there and complete. The act itself
 * may never be confirmed, as the page that would do it is gone.
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
