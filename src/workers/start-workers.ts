import type { Config } from "../cli/config.ts";
import type { Running, RunningFacts } from "../server/start.ts";
import type { Renewal } from "../server/renew.ts";
import { hasFilesToRenew, loadCredentials, type Credentials } from "../server/tls/credentials.ts";
import { reservePort } from "./reservation.ts";
import { Supervisor } from "./supervisor.ts";
import type { WorkerCommand } from "./worker-process.ts";

/** What the workers are given by their surroundings. */
export interface WorkersOptions {
  readonly count: number;
  /** The command that starts a worker now; throws if the program is gone. */
  readonly worker: () => WorkerCommand;
  /** Takes one line about something that went wrong. */
  readonly complain: (message: string) => void;
}

/** Workers that answer, as if they were one server. */
export interface RunningWorkers extends Pick<Running, "stop"> {
  readonly kind: "workers";
  readonly facts: RunningFacts;
  readonly count: number;
  /** Reads the files of TLS again; settles when every worker shows what they hold, or none does. */
  readonly renew: (() => Promise<Renewal>) | undefined;
  /** Replaces them one after the other; no request is lost. Whether all of them were. */
  readonly restart: () => Promise<boolean>;
  /** Ends them at once. */
  readonly kill: () => void;
}

/** What came of the start. */
export type WorkersResult =
  | RunningWorkers
  /** One line that names the flag, its value and the fix. */
  | { readonly kind: "failed"; readonly message: string }
  /** The system has no calls that we know to share a port. */
  | { readonly kind: "impossible" };

/** Reserves a port, and starts workers that share it. */
export async function startWorkers(
  config: Config,
  { count, worker, complain }: WorkersOptions,
): Promise<WorkersResult> {
  const loaded = loadCredentials(config);
  if (loaded.kind === "failed") return loaded;
  const { credentials } = loaded;
  const reservation = reservePort(config);
  if (reservation.kind !== "reserved") return reservation;
  const { port } = reservation;
  const supervisor = new Supervisor({
    config: { ...config, ...shareOf(config, count), port },
    credentials,
    count,
    worker,
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

/** A limit that somebody has set is one for all workers together. */
function shareOf({ maxConnections }: Config, count: number): Pick<Config, "maxConnections"> {
  const share = maxConnections === undefined ? undefined : Math.ceil(maxConnections / count);
  return { maxConnections: share };
}

/** Reads the files of TLS for all workers, which are given what they hold. */
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
    if (credentials === undefined) return { kind: "failed", message: "there is no TLS" };
    const obstacle = await this.#supervisor.renew(credentials);
    if (obstacle !== undefined) return { kind: "failed", message: obstacle };
    this.#credentials = credentials;
    return { kind: "renewed" };
  }
}
