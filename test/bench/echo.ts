/**
 * Measures the echo: messages a second, the server's CPU time and round trips beside those of
 * Node's `ws`, the memory of idle connections, and floods that must come back whole. Prints Markdown.
 *
 *   bun run bench:echo [--rounds 5] [--seconds 2] [--only load,idle,flood] [--write]
 *
 * `--write` puts the results into test/bench/README.md. `ws` is installed into a temporary directory by
 * npm; if that fails, its columns stay empty.
 */
import { makeTree } from "../helpers/tree.ts";
import { readArguments } from "./arguments.ts";
import { FLOOD_MODES, FLOOD_SIZES, measureFloods, renderFloods } from "./echo-flood.ts";
import { measureIdle, renderIdle, type StartPeer } from "./echo-idle.ts";
import { measureEchoes, renderEchoes } from "./echo-load.ts";
import { installWs, startWs } from "./echo-peers.ts";
import { startMeerkat } from "./peer.ts";
import { pick } from "./pick.ts";
import { progress } from "./progress.ts";
import { describeMachine, writeReport } from "./report.ts";

const { rounds, seconds, only, write } = readArguments();

process.once("SIGINT", () => process.exit(130)); // and the servers with us

using tree = makeTree();
const ws = await installWs(tree.path);
if (ws === undefined) progress("ws cannot be had: its columns stay empty");
const starts: readonly StartPeer[] = [
  () => startMeerkat([]),
  ...(ws === undefined
    ? []
    : [({ deflate }: { deflate: boolean }) => startWs(ws, deflate ? ["--deflate"] : [])]),
];

const beside = ws === undefined ? "" : `, beside ${ws.title}`;
const PARTS = [
  { key: "load", measure: measureLoad },
  {
    key: "idle",
    measure: async () =>
      `${describeMachine()}${beside}.\n\n${renderIdle(await measureIdle(starts))}`,
  },
  {
    key: "flood",
    measure: async () =>
      `${describeMachine()}.\n\n${renderFloods(await measureFloods(FLOOD_SIZES, FLOOD_MODES))}`,
  },
];

for (const { key, measure } of pick(PARTS, only)) {
  const report = await measure();
  console.log(report);
  if (write) writeReport(`echo-${key}`, report);
}

async function measureLoad(): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const peers = await Promise.all(starts.map((start) => start({ deflate: false })));
  for (const peer of peers) stack.use(peer);
  const rows = await measureEchoes(peers, { rounds, seconds });
  return `${describeMachine()}${beside}, median of ${rounds} rounds.\n\n${renderEchoes(rows)}`;
}
