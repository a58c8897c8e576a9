import { parseArgs } from "node:util";

/** The arguments of a bench. */
export interface BenchArguments {
  readonly rounds: number;
  /** The duration of each round. */
  readonly seconds: number;
  /** A list of parts for `pick()`; `undefined` for all. */
  readonly part: string | undefined;
  /** A list of cases for `pick()`; `undefined` for all. */
  readonly only: string | undefined;
  /** Put the report into test/bench/README.md. */
  readonly write: boolean;
}

/** Reads `--rounds 5 --seconds 0.5 --part a,b --only c,d --write`; throws for anything else. */
export function readArguments(): BenchArguments {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "0.5" },
      part: { type: "string" },
      only: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const { rounds, seconds, part, only, write } = values;
  return { rounds: Number(rounds), seconds: Number(seconds), part, only, write };
}
