import type { Config } from "../cli/config.ts";
import { openRoot, type Running, type RunningFacts } from "../server/start.ts";
import type { Renewal } from "../server/renew.ts";
import { absolutePath } from "../system/absolute-path.ts";
import { hasFilesToRenew, loadCredentials, type Credentials } from "../server/tls/credentials.ts";
import { reservePort } from "./reservation.ts";
import { Supervisor } from "./supervisor.ts";
import type { WorkerCommand } from "./worker-process.ts";

/** The number of workers, how to start one, and where to report problems. */
export interface WorkersOptions {
  readonly count: number;
  /** Finds the command that starts a worker now; throws if the program is gone. */
  readonly findCommand: () => WorkerCommand;
  /** Reports a problem in one line. */
  readonly complain: (message: string) => void;
}

/** A running group of workers, with the interface of one server. */
export interface RunningWorkers extends Pick<Running, "stop"> {
  readonly kind: "workers";
  readonly facts: RunningFacts;
  readonly count: number;
  /** Reads the certificate files again; resolves once all workers use them, or none does. */
  readonly renew: (() => Promise<Renewal>) | undefined;
  /** Replaces the workers one after the other without losing a request; tells whether all were. */
  readonly restart: () => Promise<boolean>;
  /** Kills all workers at once. */
  readonly kill: () => void;
}

/** The outcome of starting workers. */
export type WorkersResult =
  | RunningWorkers
  /** One line that names the flag, its value and the fix. */
  | { readonly kind: "failed"; readonly message: string }
  /** No system calls that share a port are known on this system. */
  | { readonly kind: "impossible" };

/** Reserves a port and starts workers that share it. */
export async function startWorkers(
  config: Config,
  { count, findCommand, complain }: WorkersOptions,
): Promise<WorkersResult> {
  const opened = openRoot(config, Date.now);
  if (opened.kind === "failed") return opened;
  const loaded = loadCredentials(config);
  if (loaded.kind === "failed") return loaded;
  const { credentials } = loaded;
  const reservation = reservePort(config);
  if (reservation.kind !== "reserved") return reservation;
  const { port } = reservation;
  const supervisor = new Supervisor({
    // A worker that is started later serves the same directory, wherever it is started.
    config: {
      ...config,
      ...shareOf(config, count),
      port,
      directory: absolutePath(config.directory),
    },
    credentials,
    count,
    findCommand,
    complain,
  });
  const started = await supervisor.start();
  if (started.kind === "failed") return started;
  const { scarceConnections } = started.facts;
  const renewal = new CredentialsRenewal(config, credentials, supervisor);
  return {
    kind: "workers",
    facts: {
      ...started.facts,
      busyPort: port === config.port || config.port === 0 ? undefined : config.port,
      scarceConnections: scarceConnections === undefined ? undefined : scarceConnections * count,
    },
    count,
    stop: (lingerSeconds) => supervisor.stop(lingerSeconds),
    renew: hasFilesToRenew(config.tls) ? () => renewal.renew() : undefined,
    restart: () => supervisor.restart(),
    kill: () => supervisor.kill(),
  };
}

/** Divides the given limit on WebSockets, which is one for all workers together. */
function shareOf({ maxConnections }: Config, count: number): Pick<Config, "maxConnections"> {
  const share = maxConnections === undefined ? undefined : Math.ceil(maxConnections / count);
  return { maxConnections: share };
}

/** Reads the certificate files in the parent and passes the credentials to all workers. */
class CredentialsRenewal {
  readonly #config: Config;
  readonly #supervisor: Supervisor;
  #credentials: Credentials | undefined;

  constructor(config: Config, credentials: Credentials | undefined, supervisor: Supervisor) {
    this.#config = config;
    this.#credentials = credentials;
    this.#supervisor = supervisor;
  }

  async renew(): Promise<Renewal> {
    const loaded = loadCredentials(this.#config, this.#credentials);
    if (loaded.kind === "failed") return loaded;
    const { credentials } = loaded;
    if (credentials === undefined) return { kind: "failed", message: "TLS is off" };
    const obstacle = await this.#supervisor.renew(credentials);
    if (obstacle !== undefined) return { kind: "failed", message: obstacle };
    this.#credentials = credentials;
    return { kind: "renewed" };
  }
}
