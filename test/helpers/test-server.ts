import type { Config } from "../../src/cli/config.ts";
import { start, type ServerSurroundings } from "../../src/server/start.ts";
import type { Write } from "../../src/observe/log-sink.ts";
import { defaultConfig } from "./default-config.ts";
import { SCHEME, TRANSPORT_TLS } from "./transport.ts";

/** A server in this process, on a port of its own. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  /** All logged errors. */
  readonly errors: readonly unknown[];
  /** The lines of the access log, if it is on, without line feeds. */
  readonly logged: () => readonly string[];
  /** Stops the server, without lingering by default. */
  readonly stop: (lingerSeconds?: number) => Promise<void>;
}

/** The clocks of a server that differ from those of `startTestServer()`. */
export type TestClocks = Pick<ServerSurroundings, "now" | "elapsedMs">;

/** Starts the whole server, as `server.ts` does, but with a clock that is ahead. */
export function startTestServer(
  config: Partial<Config> = {},
  { now = anHourLater, ...clocks }: TestClocks = {},
): TestServer {
  const errors: unknown[] = [];
  const logError = (error: unknown) => errors.push(error);
  let log = "";
  const writeLog: Write = (bytes, done) => {
    log += Buffer.from(bytes).toString();
    done(null, bytes.length);
  };
  const result = start({ ...DEFAULTS, ...config }, { logError, writeLog, now, ...clocks });
  if (result.kind === "failed") throw new Error(result.message);
  const { port = 0 } = result.facts;
  const stop = (lingerSeconds = 0) => result.stop(lingerSeconds);
  const origin = `${SCHEME}://127.0.0.1:${port}`;
  const logged = () => log.split("\n").slice(0, -1);
  return { port, origin, errors, logged, stop, [Symbol.asyncDispose]: () => stop() };
}

/** A clock an hour ahead, as files that were made a moment ago do not count as settled yet. */
const anHourLater = () => Date.now() + 3_600_000;

const DEFAULTS: Config = {
  ...defaultConfig(),
  host: "127.0.0.1",
  port: 0,
  isDefaultPort: false,
  tls: TRANSPORT_TLS,
  lingerSeconds: 0,
  quiet: true,
};
