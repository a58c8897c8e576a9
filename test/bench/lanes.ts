import type { Case } from "./cases.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import type { Fields } from "./fields.ts";
import type { Generator, LoadResult } from "./load.ts";
import type { Peer } from "./peer.ts";
import { progress } from "./progress.ts";
import { complaintAbout, rehearse, type Rehearsal } from "./rehearsal.ts";
import { formatMicroseconds } from "./report.ts";
import { slowed } from "./slowed.ts";
import { median } from "./stats.ts";

/** The number of rounds, their duration, the source of the load, and the cases to be measured. */
export interface Rounds {
  readonly generator: Generator;
  /** The keys of the cases; others are left out. */
  readonly keys: ReadonlySet<string>;
  readonly rounds: number;
  readonly seconds: number;
}

/** The figures of a server for a case. */
export interface Figures {
  /** The server's CPU time for an answer, in microseconds, in the cheapest round. */
  readonly leastCpu: number;
  readonly medianCpu: number;
  /** The median of the rounds. */
  readonly answersPerSecond: number;
}

/** The figures of a case by the name of the server; a server that answered otherwise has none. */
export interface Row {
  readonly title: string;
  readonly figures: Readonly<Record<string, Figures>>;
}

interface Sample {
  readonly cpu: number;
  readonly answersPerSecond: number;
}

/** A case that a server has answered as it should. */
interface Lane extends Rehearsal {
  readonly peer: Peer;
  readonly subject: Case;
  readonly samples: Sample[];
}

/** The answers after which the code of a server is compiled for good. */
const WARM_UP_ANSWERS = 40_000;

/** The most rounds of the warm-up, and their duration; slow answers are not made by hot code. */
const WARM_UP = { rounds: 3, seconds: 0.8 };
const SLOW_WARM_UP = { rounds: 1, seconds: 3 };

/**
 * Measures the price of each case for each server, in turns, so that other work of the machine
 * affects all of them alike. A server that gives another answer than the case's has no figures.
 */
export async function measureCases(
  peers: readonly Peer[],
  cases: readonly Case[],
  set: Fields,
  options: Rounds,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const subject of cases) {
    if (options.keys.has(subject.key)) rows.push(await measureCase(peers, subject, set, options));
  }
  return rows;
}

async function measureCase(
  peers: readonly Peer[],
  subject: Case,
  set: Fields,
  options: Rounds,
): Promise<Row> {
  const lanes = new Set<Lane>();
  for (const peer of peers.filter(({ name }) => subject.skips?.includes(name) !== true)) {
    const lane = await open(peer, subject, set, options);
    if (lane !== undefined) lanes.add(lane);
  }
  const { rounds, seconds } = subject.isSlow === true ? slowed(options) : options;
  for (let round = 1; round <= rounds; round++) {
    for (const lane of lanes) {
      const isGood = await measure(lane, { ...options, seconds });
      if (!isGood) lanes.delete(lane);
    }
  }
  const figures = Array.from(lanes, (lane) => [lane.peer.name, figuresOf(lane)] as const);
  return { title: subject.title, figures: Object.fromEntries(figures) };
}

/** Rehearses a case, and warms the server up; `undefined` if it gives another answer. */
async function open(
  peer: Peer,
  subject: Case,
  set: Fields,
  { generator }: Rounds,
): Promise<Lane | undefined> {
  try {
    const rehearsal = await rehearse(peer.port, subject, set);
    const lane = { peer, subject, samples: [], ...rehearsal };
    const { rounds, seconds } = subject.isSlow === true ? SLOW_WARM_UP : WARM_UP;
    for (let round = 1, answers = 0; round <= rounds && answers < WARM_UP_ANSWERS; round++) {
      const result = await generator(loadOf(lane, seconds));
      if (!isAsRehearsed(lane, result)) return undefined;
      answers += result.answers;
    }
    return lane;
  } catch (error) {
    refuse(peer, subject, error);
    return undefined;
  }
}

/** Adds a sample; returns false if an answer was another one than the rehearsed, or the server is gone. */
async function measure(lane: Lane, options: Rounds): Promise<boolean> {
  try {
    return await sample(lane, options);
  } catch (error) {
    refuse(lane.peer, lane.subject, error);
    return false;
  }
}

async function sample(lane: Lane, { generator, seconds }: Rounds): Promise<boolean> {
  const before = readCpu(lane.peer.pid);
  const result = await generator(loadOf(lane, seconds));
  const after = readCpu(lane.peer.pid);
  if (!isAsRehearsed(lane, result)) return false;
  const cpu = cpuBetween(before, after) / 1000 / result.answers;
  lane.samples.push({ cpu, answersPerSecond: result.answers / result.seconds });
  progress(`${lane.subject.title} ${lane.peer.name}: ${formatMicroseconds(cpu)} µs`);
  return true;
}

function isAsRehearsed({ peer, subject, answerBytes }: Lane, result: LoadResult): boolean {
  const complaint = complaintAbout(result, subject, answerBytes);
  if (complaint !== undefined) refuse(peer, subject, complaint);
  return complaint === undefined;
}

/** Says why there is no figure; the bench fails if it is one of ours. */
function refuse({ name }: Peer, { title }: Case, reason: unknown): void {
  progress(`${title} ${name}: NOT MEASURED: ${reason instanceof Error ? reason.message : reason}`);
  if (name === "meerkat") process.exitCode = 1;
}

function loadOf({ peer, subject, fields }: Lane, seconds: number) {
  const { path, connections } = subject;
  return { port: peer.port, path, fields, connections, seconds };
}

function figuresOf({ samples }: Lane): Figures {
  const cpus = samples.map(({ cpu }) => cpu);
  return {
    leastCpu: Math.min(...cpus),
    medianCpu: median(cpus),
    answersPerSecond: median(samples.map(({ answersPerSecond }) => answersPerSecond)),
  };
}
