import { parseArgs } from "node:util";

/** The arguments of a bench. */
export interface BenchArguments {
  readonly rounds: number;
  /** The duration of each measurement. */
  readonly seconds: number;
  /** A list of keys for `pick()`; `undefined` for all. */
  readonly only: string | undefined;
  /** Put the report into test/bench/README.md. */
  readonly write: boolean;
}

/** Reads `--rounds 5 --seconds 2 --only a,b --write`; throws for anything else. */
export function readArguments(): BenchArguments {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "2" },
      only: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const { rounds, seconds, only, write } = values;
  return { rounds: Number(rounds), seconds: Number(seconds), only, write };
}
