import { OPTIONS } from "./options.ts";
import type { Setting } from "./settings.ts";

/** Environment variables in the form of `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Options that print a text instead of starting a server: no variable may switch them on. */
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(["help", "version"]);

/** Yields each option that a variable gives, with its values. */
export function* readEnvironment(env: Environment): Generator<[string, Setting[]]> {
  for (const [name, option] of OPTIONS) {
    if (COMMAND_LINE_ONLY.has(name)) continue;
    const own = `MEERKAT_${name.toUpperCase().replaceAll("-", "_")}`;
    const names = option.variable === undefined ? [own] : [own, option.variable];
    const variable = names.find((candidate) => isOurs(name, env[candidate] ?? ""));
    if (variable === undefined) continue;
    const text = env[variable] ?? "";
    const texts = option.separator === undefined ? [text] : splitVariable(text, option.separator);
    const sourceOf = (each: string) =>
      option.isSecret === true ? variable : `${variable}=${each}`;
    yield [name, texts.map((each) => ({ text: each, source: sourceOf(each) }))];
  }
}

/**
 * A port variable that is not meant for us: Kubernetes and Docker set
 * `MEERKAT_PORT=tcp://10.0.0.1:80` in a container for a service named meerkat.
 */
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//i;

/** Tells whether a variable is set for us; shells and compose files write "not set" as an empty one. */
function isOurs(name: string, text: string): boolean {
  return text !== "" && !(name === "port" && SERVICE_ADDRESS.test(text));
}

function splitVariable(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
