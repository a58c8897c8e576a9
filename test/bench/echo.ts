/**
 * Measures the echo: messages a second, the server's CPU time and round trips beside those of
 * Node's `ws`, the memory of idle connections, and floods that must come back whole. Prints Markdown.
 *
 *   bun run bench:echo [--part load,idle,flood] [--only 20,1k] [--rounds 5] [--seconds 0.5] [--write]
 *
 * `--write` puts the results into test/bench/README.md. `ws` is installed into a temporary directory by
 * npm; if that fails, its columns stay empty.
 */
import { makeTree } from "../helpers/tree.ts";
import { readArguments } from "./arguments.ts";
import { FLOOD_MODES, FLOOD_SIZES, measureFloods, renderFloods } from "./echo-flood.ts";
import { measureIdle, renderIdle, type StartPeer } from "./echo-idle.ts";
import { installWs, startWs } from "./echo-peers.ts";
import { reportEchoes } from "./echo-report.ts";
import { startMeerkat } from "./peer.ts";
import { pick } from "./pick.ts";
import { progress } from "./progress.ts";
import { describeMachine, writeReport } from "./report.ts";

const { rounds, seconds, part, only, write } = readArguments();

process.once("SIGINT", () => process.exit(130)); // and the servers with us

const PARTS = [
  { key: "load", measure: () => reportEchoes({ rounds, seconds }, only) },
  { key: "idle", measure: idle },
  {
    key: "flood",
    measure: async () => renderFloods(await measureFloods(FLOOD_SIZES, FLOOD_MODES)),
  },
];

for (const { key, measure } of pick(PARTS, part)) {
  const report = `${describeMachine()}.\n\n${await measure()}`;
  console.log(report);
  if (write) writeReport(`echo-${key}`, report);
}

async function idle(): Promise<string> {
  using tree = makeTree();
  const ws = await installWs(tree.path);
  if (ws === undefined) progress("ws cannot be had: its columns stay empty");
  const starts: StartPeer[] = [() => startMeerkat([tree.path])];
  if (ws !== undefined) starts.push(({ deflate }) => startWs(ws, deflate ? ["--deflate"] : []));
  return `${ws === undefined ? "" : `Beside ${ws.title}.\n\n`}${renderIdle(await measureIdle(starts))}`;
}
