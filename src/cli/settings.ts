import { OPTIONS } from "./options.ts";
import { parseSwitch } from "./values.ts";

/** A value given for an option, and how complaints name it. */
export interface Setting {
  readonly text: string;
  readonly source: string;
}

/** The given values by option, in order; only the last counts unless the option is repeatable. */
export type Settings = ReadonlyMap<string, readonly Setting[]>;

/** Tells whether an option has a value or is switched on. */
export function isGiven(name: string, settings: Settings): boolean {
  const text = settings.get(name)?.at(-1)?.text;
  if (text === undefined) return false;
  return OPTIONS.get(name)?.value !== undefined || parseSwitch(text) === true;
}
