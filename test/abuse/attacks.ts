import type { Attack } from "./attack.ts";
import { CODING_ATTACKS } from "./codings.ts";
import { THRASH_ATTACKS } from "./thrash.ts";

/** Every attack, by its row of the field report. */
export const ATTACKS: readonly Attack[] = [...CODING_ATTACKS, ...THRASH_ATTACKS];
