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
 * @returns why it cannot be opened; `undefined` once it is
 */
export async function openBrowser(
  url: string,
  platform: string = process.platform,
): Promise<string | undefined> {
  const [program, ...args] = OPENERS.get(platform) ?? OTHERS;
  const path = Bun.which(program);
  if (path === null) return `${program} is not installed`;
  try {
    const opener = Bun.spawn([path, ...args, url], { stdio: ["ignore", "ignore", "ignore"] });
    opener.unref();
    const exitCode = await opener.exited;
    return exitCode === 0
      ? undefined
      : `${program} found nothing to open it (exit code ${exitCode})`;
  } catch (error) {
    return `${program} cannot be started (${codeOf(error) ?? String(error)})`;
  }
}
