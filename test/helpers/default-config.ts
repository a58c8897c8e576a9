import { parseConfig, type Config } from "../../src/cli/config.ts";

/** Returns the configuration of a command line without arguments, in an empty environment. */
export function defaultConfig(): Config {
  const parsed = parseConfig([], {});
  if (parsed.kind !== "run") throw new Error(`it is ${parsed.kind}`);
  return parsed.config;
}
