import { makeTree } from "../helpers/tree.ts";
import { ECHO_CASES, measureEchoes, renderEchoes, type EchoLoadOptions } from "./echo-load.ts";
import { installWs, startBareEcho, startWs } from "./echo-peers.ts";
import { startMeerkat } from "./peer.ts";
import { pick } from "./pick.ts";
import { progress } from "./progress.ts";

/**
 * Measures the echo beside a bare one on Bun, and beside Node's `ws`; returns Markdown.
 *
 * @param only a list of keys of cases; `undefined` for all
 */
export async function reportEchoes(
  options: EchoLoadOptions,
  only: string | undefined = undefined,
): Promise<string> {
  const cases = pick(ECHO_CASES, only);
  using tree = makeTree();
  const ws = await installWs(tree.path);
  if (ws === undefined) progress("ws cannot be had: its columns stay empty");
  const starts = [() => startMeerkat([tree.path]), startBareEcho];
  if (ws !== undefined) starts.push(() => startWs(ws));
  const rows = await measureEchoes(starts, cases, options);
  return `${ws === undefined ? "" : `Beside ${ws.title}.\n\n`}${renderEchoes(rows)}`;
}
