import type { Config } from "../../src/config.ts";
import { start } from "../../src/lifecycle.ts";

/** A server in this process, on a port of its own. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  /** Everything that was logged as an error. */
  readonly errors: readonly unknown[];
  readonly stop: () => Promise<void>;
}

/** Starts the whole server, as `server.ts` does. */
export function startTestServer(config: Partial<Config> = {}): TestServer {
  const errors: unknown[] = [];
  const result = start({ ...DEFAULTS, ...config }, (error) => errors.push(error));
  if (result.kind === "failed") throw new Error(result.message);
  const { port, stop } = result;
  const origin = `http://127.0.0.1:${port}`;
  return { port, origin, errors, stop, [Symbol.asyncDispose]: stop };
}

const DEFAULTS: Config = {
  directory: ".",
  host: "127.0.0.1",
  port: 0,
  isDefaultPort: false,
  hidden: false,
  index: true,
  quiet: true,
};
