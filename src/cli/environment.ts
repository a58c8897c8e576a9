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
 * The value of a port variable that is no setting of ours: Kubernetes and Docker give a container
 * `MEERKAT_PORT=tcp://10.0.0.1:80` for a service named meerkat.
 */
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//i;

/** An empty variable is how shells and compose files spell "not set". */
function isOurs(name: string, text: string): boolean {
  return text !== "" && !(name === "port" && SERVICE_ADDRESS.test(text));
}

function splitVariable(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
