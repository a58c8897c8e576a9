import { afterAll, describe } from "bun:test";
import { CHROMIUM } from "./browser-chromium.ts";
import type { Browser, Engine, LaunchOptions, Page, PageOptions, Size } from "./browser-engine.ts";
import { FIREFOX } from "./browser-firefox.ts";
import { PATIENCE_MS } from "./patience.ts";
import { SCHEME } from "./transport.ts";
import { WEBKIT } from "./browser-webkit.ts";

export type { Page };

/** The engines that people's browsers have. */
const ENGINES: readonly Engine[] = [CHROMIUM, FIREFOX, WEBKIT];

/** The window sizes of a laptop and a phone. */
export const DESKTOP = { width: 1280, height: 800 } as const;
export const PHONE = { width: 390, height: 844 } as const;

/** What the tests of one engine are handed. */
export interface Running {
  readonly engine: Engine;
  readonly open: (size: Size, options?: PageOptions) => Promise<Page>;
  /** The directory that downloads are saved in. */
  readonly downloads: () => Promise<string>;
}

/**
 * Runs the tests that `body` declares in each engine, with one browser for all of them, which the first one
 * starts. Without its programs an engine is skipped, which its name says; in CI its tests fail.
 */
export function inEngines(
  body: (running: Running) => void,
  options: LaunchOptions = { trustsEveryone: SCHEME === "https" },
): void {
  for (const engine of ENGINES) {
    const { isSkipped, reason } = engine.programs;
    describe.skipIf(isSkipped)(`${engine.name}${reason}`, () => {
      let browser: Browser | undefined;
      const run = async () => {
        if (browser?.hasEnded() === false) return browser;
        await browser?.[Symbol.asyncDispose]();
        return (browser = await engine.launch(options));
      };
      afterAll(async () => {
        await browser?.[Symbol.asyncDispose]();
      }, PATIENCE_MS);
      body({
        engine,
        open: async (size, pageOptions) => (await run()).open(size, pageOptions),
        downloads: async () => (await run()).downloads,
      });
    });
  }
}

/** Resolves once the expression is true in the page; the page looks at every frame it paints. */
export async function until(page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => ((${expression}) ? resolve(true) : requestAnimationFrame(look));
    look();
  })`);
}

/** Clicks a link that leads to another page, and waits until that one is loaded. */
export function follow(page: Page, selector: string): Promise<void> {
  return page.leave(() => page.click(selector));
}
