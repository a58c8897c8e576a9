import { OPTIONS, type Option } from "./options.ts";
import { isGiven, type Settings } from "./settings.ts";
import { parseSwitch } from "./values.ts";

/** Finds the first wrong setting: one line that names it and the fix; `undefined` if all are right. */
export function findComplaint(
  settings: Settings,
  directories: readonly string[],
): string | undefined {
  return (
    firstComplaint(settings, directories) ??
    complainAboutUnix(settings) ??
    complainAboutLog(settings)
  );
}

function firstComplaint(settings: Settings, directories: readonly string[]): string | undefined {
  for (const [name, given] of settings) {
    const option = OPTIONS.get(name);
    for (const { text, source } of given) {
      const advice = option?.value === undefined ? adviseSwitch(text) : option.advise?.(text);
      if (advice !== undefined) return `${source}: ${advice}`;
    }
    const lacking = isGiven(name, settings) ? lackOf(option, settings) : undefined;
    if (lacking !== undefined) return `${given.at(-1)?.source}: add ${lacking}`;
  }
  if (directories.length > 1) {
    return `${directories[1]}: only one directory can be served; ${directories[0]} came first`;
  }
  return directories[0] === ""
    ? `"": the directory's name is empty; leave it out for "."`
    : undefined;
}

/** Returns the missing option without which the given one has no effect. */
function lackOf(option: Option | undefined, settings: Settings): string | undefined {
  if (option?.needs === undefined || option.needs.some((name) => isGiven(name, settings))) {
    return undefined;
  }
  const [name] = option.needs;
  const value = OPTIONS.get(name)?.value;
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

/**
 * Options without a meaning on a Unix socket: it has no port, no address and no network to be
 * eavesdropped on, and processes cannot share it.
 */
const NOT_WITH_UNIX = ["port", "host", "tls", "cert", "workers"] as const;

/** Complains about an option without a meaning beside `--unix`; not about PORT, which platforms always set. */
function complainAboutUnix(settings: Settings): string | undefined {
  const unix = settings.get("unix")?.at(-1)?.source;
  const other = NOT_WITH_UNIX.filter((name) => isGiven(name, settings))
    .map((name) => settings.get(name)?.at(-1)?.source)
    .find((source) => source?.startsWith("PORT=") === false);
  return unix === undefined || other === undefined
    ? undefined
    : `${unix} and ${other}: these exclude each other; leave one out`;
}

function complainAboutLog(settings: Settings): string | undefined {
  const isOff = settings.get("log")?.at(-1)?.text === "off";
  const source = settings.get("trust-proxy")?.at(-1)?.source;
  return isOff && isGiven("trust-proxy", settings)
    ? `${source}: add --log text, as the log is off`
    : undefined;
}

function adviseSwitch(text: string): string | undefined {
  return parseSwitch(text) === undefined ? "give 1 or 0" : undefined;
}
