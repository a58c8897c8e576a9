import { renderTable } from "../bench/report.ts";
import { FEW_OPEN, LIMITS, type Attack, type Limits, type Outcome } from "./attack.ts";

/** An attack and what it took. */
export interface Result {
  readonly attack: Attack;
  readonly outcome: Outcome;
}

/** A cell of the table, and whether it is within its limit. */
interface Cell {
  readonly text: string;
  readonly isKept: boolean;
}

const HEAD = [
  "Attack",
  "peak, MB",
  "worst echo, ms",
  "worst health, ms",
  "CPU, s",
  "files left open",
  "seen",
];

/** Tells whether an attack took no more than it may. */
export function isWithin(result: Result): boolean {
  return cellsOf(result).every(({ isKept }) => isKept);
}

/** Renders the table of attacks; `BROKEN` stands beside each figure that is beyond its limit. */
export function renderAttacks(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const cells = cellsOf(result).map(({ text, isKept }) => (isKept ? text : `${text} BROKEN`));
    return [`${result.attack.row} ${result.attack.name}`, ...cells];
  });
  return renderTable(HEAD, rows);
}

function cellsOf({ attack, outcome }: Result): Cell[] {
  const limits = { ...LIMITS, ...attack.limits };
  const { peakMb, cpuSeconds, leftOpen, seen, isKept } = outcome;
  return [
    { text: `${peakMb} of ${limits.memoryMb}`, isKept: peakMb <= limits.memoryMb },
    ...waitsOf(outcome, limits),
    { text: cpuSeconds.toFixed(1), isKept: true },
    { text: `${leftOpen} of ${FEW_OPEN}`, isKept: leftOpen <= FEW_OPEN },
    { text: seen, isKept },
  ];
}

/**
 * The longest echo, with that of an idle server at the same time in parentheses, and the longest wait for
 * health. The echo may take longer by what the one of the idle server took: that is the machine.
 */
function waitsOf({ waits }: Outcome, limits: Limits): Cell[] {
  if (waits === undefined) return [NOT_MEASURED, NOT_MEASURED];
  const { echoMs, idleEchoMs, healthMs } = waits;
  return [
    {
      text: `${echoMs.toFixed(0)} (${idleEchoMs.toFixed(0)}) of ${limits.echoMs}`,
      isKept: echoMs <= limits.echoMs + idleEchoMs,
    },
    { text: `${healthMs.toFixed(0)} of ${limits.healthMs}`, isKept: healthMs <= limits.healthMs },
  ];
}

const NOT_MEASURED: Cell = { text: "–", isKept: true };
