import { codeOf } from "./system-error.ts";

/** What opens a URL in the browser that somebody has chosen, by `process.platform`. */
const OPENERS: ReadonlyMap<string, readonly [string, ...string[]]> = new Map([
  ["darwin", ["open"]],
  ["win32", ["rundll32", "url.dll,FileProtocolHandler"]],
]);

/** Of freedesktop.org, for all others. */
const OTHERS = ["xdg-open"] as const;

/**
 * Opens a URL in the browser, and does not wait for it.
 *
 * @returns why it cannot be opened, or `undefined`
 */
export function openBrowser(url: string, platform: string = process.platform): string | undefined {
  const [program, ...args] = OPENERS.get(platform) ?? OTHERS;
  const path = Bun.which(program);
  if (path === null) return `${program} is not installed`;
  try {
    Bun.spawn([path, ...args, url], { stdio: ["ignore", "ignore", "ignore"] }).unref();
    return undefined;
  } catch (error) {
    return `${program} cannot be started (${codeOf(error) ?? String(error)})`;
  }
}
