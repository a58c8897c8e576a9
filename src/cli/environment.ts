import { OPTIONS } from "./options.ts";
import type { Setting } from "./settings.ts";

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** These ask for a text instead of a server, so no variable may switch them on. */
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(["help", "version"]);

/** Reads what variables say, an option at a time. */
export function* readEnvironment(env: Environment): Generator<[string, Setting[]]> {
  for (const [name, option] of OPTIONS) {
    if (COMMAND_LINE_ONLY.has(name)) continue;
    const own = `MEERKAT_${name.toUpperCase().replaceAll("-", "_")}`;
    const names = option.variable === undefined ? [own] : [own, option.variable];
    // An empty variable is how shells and compose files spell "not set".
    const variable = names.find((candidate) => (env[candidate] ?? "") !== "");
    if (variable === undefined) continue;
    const text = env[variable] ?? "";
    const texts = option.separator === undefined ? [text] : splitVariable(text, option.separator);
    const sourceOf = (each: string) =>
      option.isSecret === true ? variable : `${variable}=${each}`;
    yield [name, texts.map((each) => ({ text: each, source: sourceOf(each) }))];
  }
}

function splitVariable(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
