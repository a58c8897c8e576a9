import { codeOf } from "./system-error.ts";

/** The commands that open a URL in the default browser, by `process.platform`. */
const OPENERS: ReadonlyMap<string, readonly [string, ...string[]]> = new Map([
  ["darwin", ["open"]],
  ["win32", ["rundll32", "url.dll,FileProtocolHandler"]],
]);

/** The command of freedesktop.org, for all other platforms. */
const OTHERS = ["xdg-open"] as const;

/**
 * Opens a URL in the default browser.
 *
 * @returns why it cannot be opened; `undefined` if it was
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
    return exitCode === 0 ? undefined : `${program} found no browser (exit code ${exitCode})`;
  } catch (error) {
    return `${program} cannot be started (${codeOf(error) ?? String(error)})`;
  }
}
