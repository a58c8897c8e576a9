/**
 * Attacks the server in every way of section D of the field report, each time a server of its own, and
 * prints the peak of its memory, the worst echo of another client, and the CPU time as a table.
 *
 *   bun run test/abuse/run.ts [--only D1,D7]
 */
import { parseArgs } from "node:util";
import { progress } from "../bench/progress.ts";
import { describeMachine, renderTable } from "../bench/report.ts";
import { isWithin, LIMITS, measure, type Attack, type Outcome } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";

const { values } = parseArgs({ options: { only: { type: "string" } } });
const wanted = values.only?.split(",");

const rows: string[][] = [];
for (const attack of ATTACKS.filter(({ row }) => wanted?.includes(row) ?? true)) {
  progress(`${attack.row}: ${attack.name}`);
  const outcome = await measure(attack, attack.limits?.echoMs !== Infinity);
  if (!isWithin(attack, outcome)) process.exitCode = 1;
  rows.push(cellsOf(attack, outcome));
}
console.log(`${describeMachine()}\n`);
console.log(
  renderTable(
    ["Attack", "peak MB", "worst echo (idle), ms", "CPU, s", "left open", "", "seen"],
    rows,
  ),
);

function cellsOf(attack: Attack, outcome: Outcome): string[] {
  const { memoryMb, echoMs } = { ...LIMITS, ...attack.limits };
  return [
    `${attack.row} ${attack.name}`,
    `${outcome.peakMb} of ${memoryMb}`,
    formatEcho(outcome, echoMs),
    outcome.cpuSeconds.toFixed(1),
    String(outcome.leftOpen),
    isWithin(attack, outcome) ? "kept" : "BROKEN",
    outcome.seen,
  ];
}

/** The longest echo, and in parentheses the one at an idle server at the same time. */
function formatEcho({ echo }: Outcome, limitMs: number): string {
  if (echo === undefined) return "–";
  return `${echo.attackedMs.toFixed(0)} (${echo.idleMs.toFixed(0)}) of ${limitMs}`;
}
