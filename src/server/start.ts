import { resolve } from "node:path";
import { assemble, type Assembly, type AssemblyServices } from "./assemble.ts";
import { bindBeside, bindFirstFree, bindSocket, isOnLoopback, type Service } from "./bind.ts";
import type { Config } from "../cli/config.ts";
import { DocumentRoot } from "../files/document-root.ts";
import { Listeners } from "./listeners.ts";
import type { MetricFamily } from "../observe/metrics.ts";
import { logSparingly } from "../observe/error-log.ts";
import { renew, type OwnRenewal, type RenewalOrder } from "./renew.ts";
import type { Echo } from "../echo/echo.ts";
import { shutDown, type Leaving } from "./shut-down.ts";
import { shutAbandoned } from "../system/abandoned.ts";
import { connectionsWithin, DescriptorWatch, openFileLimit } from "../system/descriptors.ts";
import { SocketCalls } from "../system/socket-calls.ts";
import { classifyFailure } from "../system/system-error.ts";
import {
  hasFilesToRenew,
  loadCredentials,
  type Credentials,
  type CredentialsResult,
} from "./tls/credentials.ts";

/** What there is to say about a server that answers. */
export interface RunningFacts {
  /** `undefined` if it listens on a Unix socket. */
  readonly port: number | undefined;
  /** The absolute path of that. */
  readonly socketPath: string | undefined;
  /** The port that was asked for by default and was busy, if this is another. */
  readonly busyPort: number | undefined;
  /** The real path of the directory that is served. */
  readonly directory: string;
  /** The WebSockets there may be, if fewer than were asked for or than most would expect. */
  readonly scarceConnections: number | undefined;
  /** What clients are shown, where connections are encrypted. */
  readonly certificate: Pick<Credentials, "fingerprint" | "isOwn"> | undefined;
  /** Only this machine can connect. */
  readonly isOnLoopback: boolean;
}

/** A server that answers. */
export interface Running {
  readonly kind: "alone";
  readonly facts: RunningFacts;
  /**
   * Tells balancers to go elsewhere, but serves everybody for `lingerSeconds` still, each with an
   * answer that is the last of its connection. Then takes no more connections, lets requests and
   * echoes under way finish and closes WebSockets with 1001. What is left `drainSeconds` after the
   * call is cut off. Settles when nothing is left.
   */
  readonly stop: (lingerSeconds: number, leaving?: Leaving) => Promise<void>;
  /**
   * Reads the files of TLS again, or takes what was read: who connects from then on is shown what
   * they hold. `undefined` where there are none.
   */
  readonly renew: ((given?: RenewalOrder) => OwnRenewal) | undefined;
  /** What has been counted so far. */
  readonly collect: () => readonly MetricFamily[];
}

/** What a worker has from its parent, which has reserved the port and counts what all count. */
export interface Share {
  /** What is shown to clients, by all workers alike. */
  readonly credentials: Credentials | undefined;
  /** What all workers have counted so far. */
  readonly total: () => Promise<readonly MetricFamily[]>;
}

/** What the server is given by its surroundings. */
export interface Services extends AssemblyServices {
  /** `undefined` for a server by itself. */
  readonly share?: Share | undefined;
  /** The clock that file times are compared with, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** `failed` carries one line that names the flag, its value and the fix. */
export type StartResult = Running | { readonly kind: "failed"; readonly message: string };

/** How often peers are looked at for progress. */
const SWEEP_MS = 1000;

/** What most would expect to be possible. */
const MANY_CONNECTIONS = 1000;

/** Creates everything that has a lifetime, and binds. Synchronous, as binding is in Bun. */
export function start(config: Config, surroundings: Services): StartResult {
  const logError = logSparingly(surroundings.logError, () => performance.now());
  const services = { ...surroundings, logError };
  const { share, now = Date.now } = services;
  const opened = openRoot(config, now);
  if (opened.kind === "failed") return opened;
  const loaded = credentialsFor(config, share);
  if (loaded.kind === "failed") return loaded;
  const limits = limitsOf(config);
  const assembly = assemble(config, services, { root: opened.root, ...limits });
  const service = serviceOf(config, assembly, loaded.credentials);
  const bound = bindFor(config, service, share);
  if (bound.kind === "failed") return bound;
  const { servers, port } = bound;
  const isLocal = servers.every(isOnLoopback);
  // No request is read before this function has returned. No web page comes to a Unix socket.
  if (!isLocal || config.unix !== undefined) assembly.hosts.admitOthers();
  const listeners = new Listeners(servers, service);
  const watches = startWatches(limits.fileLimit, assembly.echo, listeners);
  const { isReplaceable, credentials } = service;
  return {
    kind: "alone",
    facts: {
      port,
      socketPath: config.unix === undefined ? undefined : resolve(config.unix),
      busyPort: isAnotherPort(config, port) ? config.port : undefined,
      directory: opened.root.path,
      certificate: credentials && pickFacts(credentials),
      isOnLoopback: isLocal,
      scarceConnections: limits.scarceConnections,
    },
    async stop(lingerSeconds, leaving) {
      const { drainSeconds } = config;
      await shutDown({ ...assembly, listeners }, { lingerSeconds, drainSeconds }, leaving);
      watches.dispose();
      await assembly.finish();
    },
    renew:
      isReplaceable && port !== undefined
        ? (order) => renew(config, port, listeners, order)
        : undefined,
    collect: assembly.collect,
  };
}

/** How many files may be open, and so how many WebSockets. */
function limitsOf({ maxConnections }: Config) {
  const fileLimit = openFileLimit();
  const possible = connectionsWithin(fileLimit);
  const isScarce = possible < (maxConnections ?? MANY_CONNECTIONS);
  return {
    fileLimit,
    maxConnections: Math.min(maxConnections ?? possible, possible),
    scarceConnections: isScarce ? possible : undefined,
  };
}

function serviceOf(
  config: Config,
  { app, echo }: Assembly,
  credentials: Credentials | undefined,
): Service {
  const { tls } = config;
  return {
    app,
    echo,
    credentials,
    http2: tls.kind !== "off" && tls.http2,
    calls: SocketCalls.open(),
    // Windows has no signal for it, and lets no two sockets share a port.
    isReplaceable: hasFilesToRenew(tls) && process.platform !== "win32",
  };
}

/** A worker shows what all of them show. */
function credentialsFor(config: Config, share: Share | undefined): CredentialsResult {
  return share === undefined
    ? loadCredentials(config)
    : { kind: "loaded", credentials: share.credentials };
}

/** Without the key. */
function pickFacts({ fingerprint, isOwn }: Credentials): RunningFacts["certificate"] {
  return { fingerprint, isOwn };
}

function bindFor(config: Config, service: Service, share: Share | undefined) {
  const { unix, host, port } = config;
  if (unix !== undefined) return bindSocket(unix, service);
  return share === undefined ? bindFirstFree(config, service) : bindBeside(host, port, service);
}

/** Looks at stalled peers, and at descriptors that become scarce, until it is disposed. */
function startWatches(
  fileLimit: number | undefined,
  echo: Echo,
  listeners: Listeners,
): DisposableStack {
  const watches = new DisposableStack();
  watches.adopt(
    setInterval(() => echo.sweep(), SWEEP_MS),
    clearInterval,
  );
  if (fileLimit === undefined) return watches;
  const { calls } = listeners.service;
  const relieve = (descriptors: readonly number[]) => {
    // Whoever is in the middle of nothing can connect anew; without a descriptor nobody can.
    listeners.closeIdle();
    if (calls !== undefined) shutAbandoned(calls, descriptors);
  };
  watches.use(new DescriptorWatch(fileLimit, relieve));
  return watches;
}

/** By default a busy port is left for the next free one. */
function isAnotherPort(config: Config, port: number | undefined): boolean {
  return port !== undefined && port !== config.port && config.port !== 0;
}

function openRoot({ directory, hidden }: Config, now: () => number) {
  try {
    return { kind: "opened", root: DocumentRoot.open(directory, { hidden, now }) } as const;
  } catch (error) {
    const reason = {
      missing: "there is no such directory; name one that exists",
      forbidden: "it may not be read; change its permissions or name another",
      exhausted: "the system is out of file descriptors; close some programs",
      broken: String(error),
    }[classifyFailure(error)];
    return { kind: "failed", message: `${directory}: ${reason}` } as const;
  }
}
