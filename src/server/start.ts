import { resolve } from "node:path";
import { assemble, type Assembly, type AssemblySurroundings } from "./assemble.ts";
import { bindBeside, bindFirstFree, bindSocket, isOnLoopback, type Service } from "./bind.ts";
import type { Config } from "../cli/config.ts";
import { DocumentRoot } from "../files/root/document-root.ts";
import { Listeners } from "./listeners.ts";
import { ListeningSockets } from "./listening-sockets.ts";
import type { MetricFamily } from "../observe/metrics.ts";
import { logSparingly } from "../observe/error-log.ts";
import { shutDown, type Leaving } from "./shut-down.ts";
import { absolutePath } from "../system/absolute-path.ts";
import { relieve } from "../system/relief.ts";
import { connectionsWithin, DescriptorWatch, readOpenFileLimit } from "../system/descriptors.ts";
import { describeObstacle } from "../system/directory-obstacle.ts";
import { SocketCalls } from "../system/socket-calls.ts";
import { Stranded } from "../system/stranded.ts";
import { renew, type OwnRenewal, type GivenCredentials } from "./renew.ts";
import { hasFilesToRenew, takeOrLoadCredentials, type Credentials } from "./tls/credentials.ts";

/** The facts about a running server that the banner shows. */
export interface RunningFacts {
  /** The TCP port; `undefined` on a Unix socket. */
  readonly port: number | undefined;
  /** The absolute path of the Unix socket; `undefined` on a port. */
  readonly socketPath: string | undefined;
  /** The default port, if it was busy and another one is used. */
  readonly busyPort: number | undefined;
  /** The real path of the served directory. */
  readonly directory: string;
  /** The limit on WebSockets, if it is lower than asked for or than most people expect. */
  readonly scarceConnections: number | undefined;
  /** The server's certificate; `undefined` without TLS. */
  readonly certificate: Pick<Credentials, "fingerprint" | "isOwn"> | undefined;
  /** Only this machine can connect. */
  readonly isOnLoopback: boolean;
}

/** A running server in one process. */
export interface Running {
  readonly kind: "alone";
  readonly facts: RunningFacts;
  /**
   * Tells balancers to go elsewhere, but answers requests for `lingerSeconds` more, each answer the last
   * of its connection. Then accepts no more connections, lets requests and echoes under way finish and
   * closes WebSockets with 1001. Closes the remaining connections `drainSeconds` after the call.
   * Resolves once no connection is left.
   */
  readonly stop: (lingerSeconds: number, leaving?: Leaving) => Promise<void>;
  /**
   * Reads the certificate files again, or takes the given credentials, for all new connections.
   * `undefined` if the server has no such files.
   */
  readonly renew: ((given?: GivenCredentials) => OwnRenewal) | undefined;
  /** Returns the counts so far. */
  readonly collect: () => readonly MetricFamily[];
}

/** The parts that a worker gets from its parent, which has reserved the port and adds up all counts. */
export interface Share {
  /** The TLS credentials, which are the same for all workers. */
  readonly credentials: Credentials | undefined;
  /** Returns the counts of all workers so far. */
  readonly total: () => Promise<readonly MetricFamily[]>;
}

/** The outputs, the clock and the shared parts that a server gets from its caller. */
export interface ServerSurroundings extends AssemblySurroundings {
  /** `undefined` for a server without workers. */
  readonly share?: Share | undefined;
  /** The clock that file times are compared with, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** The outcome of a start; `failed` carries one line that names the flag, its value and the fix. */
export type StartResult = Running | { readonly kind: "failed"; readonly message: string };

/** How often the progress of slow WebSocket peers is checked. */
const SWEEP_MS = 1000;

/** The number of WebSockets that most people expect to be possible. */
const MANY_CONNECTIONS = 1000;

/** Starts a server: creates its parts and listens. Synchronous, as listening is in Bun. */
export function start(config: Config, given: ServerSurroundings): StartResult {
  const logError = logSparingly(given.logError, () => performance.now());
  const surroundings = { ...given, logError };
  const { share, now = Date.now } = surroundings;
  const limits = readLimits(config);
  const { descriptors } = limits;
  const opened = openRoot(config, now, descriptors?.marks.scarce);
  if (opened.kind === "failed") return opened;
  const loaded = takeOrLoadCredentials(share, config);
  if (loaded.kind === "failed") return loaded;
  const assembly = assemble(config, surroundings, { root: opened.root, ...limits });
  const service = createService(config, assembly, loaded.credentials);
  const bound = bindFor(config, service, share);
  if (bound.kind === "failed") return bound;
  const { servers, port } = bound;
  for (const server of servers) assembly.files.begin(server);
  const isLocal = servers.every(isOnLoopback);
  // No request is read before this function has returned. No web page can reach a Unix socket.
  if (!isLocal || config.unix !== undefined) assembly.hosts.admitOthers();
  const listeners = new Listeners(servers, service);
  const watches = startWatches(descriptors, assembly, listeners);
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
        ? (given) => renew(config, port, listeners, given)
        : undefined,
    collect: assembly.collect,
  };
}

/** Reads the limit on open files from the system, and derives the limit on WebSockets from it. */
function readLimits({ maxConnections }: Config) {
  const fileLimit = readOpenFileLimit();
  const possible = connectionsWithin(fileLimit);
  const isScarce = possible < (maxConnections ?? MANY_CONNECTIONS);
  return {
    descriptors: fileLimit === undefined ? undefined : new DescriptorWatch(fileLimit),
    maxConnections: Math.min(maxConnections ?? possible, possible),
    scarceConnections: isScarce ? possible : undefined,
  };
}

/** Makes the service that all listeners have in common, and opens libc for their sockets. */
function createService(
  config: Config,
  { app, echo }: Assembly,
  credentials: Credentials | undefined,
): Service {
  const { tls } = config;
  const calls = SocketCalls.open();
  return {
    app,
    echo,
    credentials,
    http2: tls.kind !== "off" && tls.http2,
    calls,
    sockets: calls && new ListeningSockets(calls),
    // Windows has no SIGHUP, and two sockets cannot share a port there.
    isReplaceable: hasFilesToRenew(tls) && process.platform !== "win32",
  };
}

/** Picks the facts that may be shown, which the key may not. */
function pickFacts({ fingerprint, isOwn }: Credentials): RunningFacts["certificate"] {
  return { fingerprint, isOwn };
}

function bindFor(config: Config, service: Service, share: Share | undefined) {
  const { unix, host, port } = config;
  if (unix !== undefined) return bindSocket(unix, service);
  return share === undefined ? bindFirstFree(config, service) : bindBeside(host, port, service);
}

/** Watches stalled peers, files that are sent and scarce descriptors until it is disposed of. */
function startWatches(
  descriptors: DescriptorWatch | undefined,
  { echo, sends }: Assembly,
  listeners: Listeners,
): DisposableStack {
  const watches = new DisposableStack();
  const { calls } = listeners.service;
  const stranded = calls && new Stranded(calls);
  const [server] = listeners.all;
  // If nobody can be cut off, nothing is watched, and large answers end their connections.
  if (stranded !== undefined && server !== undefined) sends.begin(server);
  const sweep = () => {
    echo.sweep();
    stranded?.sweep(sends.sweep());
  };
  watches.adopt(setInterval(sweep, SWEEP_MS), clearInterval);
  if (descriptors === undefined) return watches;
  watches.use(descriptors).begin((open, marks) => {
    // An idle client can connect again; without a free descriptor nobody can connect.
    listeners.closeIdle();
    return calls !== undefined && relieve(calls, open, marks, () => echo.clients());
  });
  return watches;
}

/** Tells whether the server has left a busy default port for another one. */
function isAnotherPort(config: Config, port: number | undefined): boolean {
  return port !== undefined && port !== config.port && config.port !== 0;
}

/** The outcome of opening the directory; `failed` carries one line that says what to give. */
export type RootResult =
  | { readonly kind: "opened"; readonly root: DocumentRoot }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Opens the directory to serve.
 *
 * @param scarceDescriptor the number from which on descriptors are scarce; `undefined` for no limit
 */
export function openRoot(
  { directory, hidden }: Config,
  now: () => number,
  scarceDescriptor?: number,
): RootResult {
  try {
    // Absolute, as the process may change its working directory, which may also be removed.
    const root = DocumentRoot.open(absolutePath(directory), { hidden, now, scarceDescriptor });
    return { kind: "opened", root };
  } catch (error) {
    return { kind: "failed", message: `${directory}: ${describeObstacle(directory, error)}` };
  }
}
