import { parseConfig, type Config } from "../../src/cli/config.ts";

/** What a command line without arguments comes to, in an empty environment. */
export function defaultConfig(): Config {
  const parsed = parseConfig([], {});
  if (parsed.kind !== "run") throw new Error(`it is ${parsed.kind}`);
  return parsed.config;
}
