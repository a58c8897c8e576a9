import { DirectoryCalls } from "../../src/system/directory-calls.ts";

const own = DirectoryCalls.open();

/** Bun's way to read a directory, which everybody has, and Linux's own calls where there are any. */
export const CALLS: readonly (readonly [whose: string, calls: DirectoryCalls | undefined])[] = [
  ["Bun", undefined],
  ...(own === undefined ? [] : [["Linux", own] as const]),
];
