/**
 * Measures what a request costs the server, in turns with others under the same load. Prints Markdown.
 *
 *   bun run bench [--part yardsticks,servers] [--only 1k,304] [--rounds 5] [--seconds 0.5] [--write]
 *
 * `--write` puts each part into test/bench/README.md, and the costs of all servers into README.md as
 * well, if no case is left out. The load comes from wrk. A server that is not installed is left out.
 */
import { readArguments } from "./arguments.ts";
import { reportAutocannon } from "./autocannon.ts";
import { CASE_KEYS } from "./cases.ts";
import { reportEchoes } from "./echo-report.ts";
import { reportFairness } from "./fairness.ts";
import { prepareWrk } from "./load.ts";
import { pick } from "./pick.ts";
import { progress } from "./progress.ts";
import { describeMachine, PROJECT_README, writeReport } from "./report.ts";
import { reportServers } from "./servers.ts";
import { makeSite } from "./site.ts";
import { reportYardsticks } from "./yardsticks.ts";

const { rounds, seconds, part, only, write } = readArguments();
const keys = new Set(pick(CASE_KEYS, only).map(({ key }) => key));

process.once("SIGINT", () => process.exit(130)); // and the servers with us

/** How long (ms) a file has to rest until its answer has a Last-Modified, which changes the length. */
const SETTLED_MS = 2000;

using site = makeSite();
await Bun.sleep(SETTLED_MS);
const options = { generator: prepareWrk(site.path), keys, rounds, seconds };

const PARTS = [
  { key: "yardsticks", measure: () => reportYardsticks(site, options) },
  { key: "servers", measure: servers },
  { key: "fairness", measure: () => reportFairness(site) },
  { key: "autocannon", measure: () => reportAutocannon() },
  { key: "echo-load", measure: () => reportEchoes({ rounds, seconds }) },
];

for (const { key, measure } of pick(PARTS, part)) {
  try {
    const report = `${describeMachine()}.\n\n${await measure()}`;
    console.log(report);
    if (write) writeReport(key, report);
  } catch (error) {
    progress(`${key} FAILED: ${String(error)}`); // the other parts are worth their time
    process.exitCode = 1;
  }
}

async function servers(): Promise<string> {
  const { costs, others } = await reportServers(site, options);
  if (write && only === undefined) writeReport("servers", costs, PROJECT_README);
  return `${costs}\n${others}`;
}
