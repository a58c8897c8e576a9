import { truncateSync, writeFileSync } from "node:fs";
import type { Tree } from "../helpers/tree.ts";
import { cpuBetween, readCpu } from "../bench/cpu.ts";
import type { Attack, Target } from "./attack.ts";
import { allAtOnce, healthMs, Unread } from "./clients.ts";

const MANY_FILES = 400;

/** What the kernel has to be given time for, in milliseconds: every answer is on its way by then. */
const UNDER_WAY_MS = 1500;

/** How soon health has to be answered, in milliseconds. */
const HEALTH_MS = 1000;

function fillLarge(tree: Tree): void {
  writeFileSync(tree.at("large.bin"), "");
  truncateSync(tree.at("large.bin"), 8 * 1024 * 1024);
}

function fillSmall(tree: Tree): void {
  for (let index = 0; index < MANY_FILES; index++) {
    writeFileSync(tree.at(`${index}.bin`), Buffer.alloc(900_000, `${index},`));
  }
}

async function askUnread(
  { port }: Target,
  count: number,
  targetOf: (index: number) => string,
  fields: Readonly<Record<string, string>> = {},
) {
  using unread = new Unread();
  await allAtOnce(count, (index) => unread.ask(port, targetOf(index), fields));
  await Bun.sleep(UNDER_WAY_MS);
  const health = await healthMs(port, 5 * HEALTH_MS);
  const isKept = health !== undefined && health < HEALTH_MS;
  return { seen: `health after ${health?.toFixed(0) ?? "more than 5000"} ms`, isKept };
}

/** Downloads that nobody reads. */
export const UNREAD_ATTACKS: readonly Attack[] = [
  {
    row: "D4",
    name: "1,100 downloads that nobody reads, 1,024 open files",
    fill: fillLarge,
    openFiles: 1024,
    run: async (target) => {
      using unread = new Unread();
      const { port, pid } = target;
      await allAtOnce(1100, () => unread.ask(port, "/large.bin"));
      await Bun.sleep(UNDER_WAY_MS);
      const before = readCpu(pid);
      await Bun.sleep(1000);
      const busy = cpuBetween(before, readCpu(pid)) / 1e9;
      const health = await healthMs(port, 5 * HEALTH_MS);
      const isKept = health !== undefined && health < HEALTH_MS && busy < 0.5;
      const seen = `health after ${health?.toFixed(0) ?? "more than 5000"} ms, ${(100 * busy).toFixed(0)} % busy`;
      return { seen, isKept };
    },
  },
  {
    row: "D5",
    name: "400 answers of two ranges that nobody reads",
    fill: fillLarge,
    run: (target) =>
      askUnread(target, 400, () => "/large.bin", { Range: "bytes=0-524287,600000-1124287" }),
  },
  {
    row: "D5",
    name: "400 files of 900 KB that nobody reads",
    fill: fillSmall,
    run: (target) => askUnread(target, MANY_FILES, (index) => `/${index}.bin`),
  },
];
