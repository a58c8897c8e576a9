import { OPTIONS } from "./options.ts";
import { parseSwitch } from "./values.ts";

/** A value somebody gave, and how to name it in a complaint. */
export interface Setting {
  readonly text: string;
  readonly source: string;
}

/** By option, in the order they were given; all but a repeatable option's last count for nothing. */
export type Settings = ReadonlyMap<string, readonly Setting[]>;

/** Whether an option has a value, or is switched on. */
export function isGiven(name: string, settings: Settings): boolean {
  const text = settings.get(name)?.at(-1)?.text;
  if (text === undefined) return false;
  return OPTIONS.get(name)?.value !== undefined || parseSwitch(text) === true;
}
