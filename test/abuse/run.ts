/**
 * Attacks the server in every way of section D of the field report, each time a server of its own. Prints
 * the peak of its memory, the worst echo and the worst wait for health of other clients, and the CPU time
 * as a table.
 *
 *   bun run test/abuse/run.ts [--only D1,D7] [--write]
 *
 * `--write` puts the table into src/README.md. Exits with 1 if a limit is exceeded.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { progress } from "../bench/progress.ts";
import { describeMachine, writeReport } from "../bench/report.ts";
import { measure } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";
import { isWithin, renderAttacks, type Result } from "./table.ts";

const SOURCES_README = resolve(import.meta.dir, "../../src/README.md");

const { values } = parseArgs({
  options: { only: { type: "string" }, write: { type: "boolean", default: false } },
});
const wanted = values.only?.split(",");
if (wanted !== undefined && values.write)
  throw new Error("--write is for the table of all attacks");
const attacks = ATTACKS.filter(({ row }) => wanted?.includes(row) ?? true);
if (attacks.length === 0) throw new Error(`there is no attack ${values.only}`);

process.once("SIGINT", () => process.exit(130)); // and the servers with us

const results: Result[] = [];
for (const attack of attacks) {
  progress(`${attack.row}: ${attack.name}`);
  const outcome = await measure(attack, attack.limits?.echoMs !== Infinity);
  results.push({ attack, outcome });
}
const report = `${describeMachine()}.\n\n${renderAttacks(results)}`;
console.log(report);
if (values.write) writeReport("abuse", report, SOURCES_README);
if (!results.every(isWithin)) process.exitCode = 1;
