import { readArguments } from "./arguments.ts";
import { findComplaint } from "./complaints.ts";
import { readEnvironment, type Environment } from "./environment.ts";
import { helpText } from "./help.ts";
import { DEFAULT_HOST, DEFAULT_PORT } from "./options.ts";
import { isGiven, type Settings } from "./settings.ts";
import { isLogChoice, parseHeader, parseSize, type HeaderField, type LogChoice } from "./values.ts";

/** What the command line and the environment ask for. Everything in it has been checked. */
export interface Config {
  /** The directory to serve, as it was given: relative to the current directory. */
  readonly directory: string;
  /** A host name or an IP address without brackets. `localhost` means both loopback addresses. */
  readonly host: string;
  /** 0 to 65535; 0 asks the system for a free port. */
  readonly port: number;
  /** Nobody asked for this port, so a busy one may be left for the next free one. */
  readonly isDefaultPort: boolean;
  readonly tls: TlsConfig;
  /** The path of a Unix socket to listen on instead of host and port. */
  readonly unix: string | undefined;
  /** Serve and list dotfiles. */
  readonly hidden: boolean;
  /** Answer a directory without an `index.html` with a generated listing. */
  readonly index: boolean;
  /** Answer a browser that comes to a missing page with the root's `index.html`. */
  readonly spa: boolean;
  /** How long, in seconds, a file may be used without asking; `undefined` for not at all. */
  readonly maxAgeSeconds: number | undefined;
  /** What the files kept in memory may take, in bytes; 0 keeps none. */
  readonly cacheBytes: number;
  /** Header fields for every answer, those of `--cors` and `--coi` among them. */
  readonly headers: readonly HeaderField[];
  /** Scripts of other origins may read what is served. */
  readonly cors: boolean;
  /** Host names that are answered besides localhost and IP addresses; `*` is any. */
  readonly allowHosts: readonly string[];
  /** Origins whose pages may open a WebSocket, in lower case; none is any. */
  readonly allowOrigins: readonly string[];
  /** The largest WebSocket message, in bytes. */
  readonly maxMessageBytes: number;
  /** How many WebSockets there may be; `undefined` for what the system allows. */
  readonly maxConnections: number | undefined;
  /** How many processes answer; `auto` for one to a core. */
  readonly workers: number | "auto";
  /** Offer permessage-deflate. */
  readonly deflate: boolean;
  /** How long a WebSocket's peer may take nothing of what waits for it. */
  readonly stallSeconds: number;
  /** How long requests are welcome still while balancers are told otherwise, at SIGTERM. */
  readonly lingerSeconds: number;
  /** How long shutting down may take in all before what is left is cut off. */
  readonly drainSeconds: number;
  /** `user:password` that are asked for; `undefined` for nobody's. */
  readonly auth: string | undefined;
  /** How requests are logged. */
  readonly log: LogChoice;
  /** Answer `/.meerkat/metrics`. */
  readonly metrics: boolean;
  /** Log the client that a proxy names in X-Forwarded-For. */
  readonly trustProxy: boolean;
  /** Open the index in a browser. */
  readonly open: boolean;
  /** Print nothing but errors. */
  readonly quiet: boolean;
}

/**
 * How connections are encrypted: not at all, with a certificate made for this run, or with one from
 * files in PEM. `ca` is the file of the authorities whose certificates clients have to show.
 */
export type TlsConfig =
  | { readonly kind: "off" }
  | { readonly kind: "own"; readonly ca: string | undefined; readonly http2: boolean }
  | {
      readonly kind: "files";
      readonly cert: string;
      readonly key: string;
      readonly ca: string | undefined;
      readonly http2: boolean;
    };

/** What a command line comes to. A `usage-error` is one line that names the flag, its value and the fix. */
export type ConfigResult =
  | { readonly kind: "run"; readonly config: Config }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | { readonly kind: "usage-error"; readonly message: string };

/** What the program runs in, as far as defaults depend on it. */
export interface Surroundings {
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
}

/** Any site may read, with any method and header that we take; nothing here knows cookies. */
const CORS: readonly HeaderField[] = [
  ["Access-Control-Allow-Origin", "*"],
  ["Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"],
  // The asterisk stands for every field but this one (Fetch §4.10).
  ["Access-Control-Allow-Headers", "*, Authorization"],
  ["Access-Control-Expose-Headers", "*"],
];

/** What `SharedArrayBuffer` and exact timers ask for (HTML §7.1.3, §7.1.4). */
const CROSS_ORIGIN_ISOLATION: readonly HeaderField[] = [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Embedder-Policy", "require-corp"],
];

/** All the small files of most sites, and nothing to most machines. */
const DEFAULT_CACHE_BYTES = 64 * 1024 ** 2;

/** What Bun takes by itself, and more than clients send in one message that mean well. */
const DEFAULT_MESSAGE_BYTES = 16 * 1024 ** 2;

/** Bun tells of progress by thirds of a socket buffer, so this means at least about 22 KB/s. */
const DEFAULT_STALL_SECONDS = 60;

/** What container platforms give a program before they kill it: Docker 10 s, Kubernetes 30. */
const DEFAULT_DRAIN_SECONDS = 10;

/** Two checks of a balancer that asks every 250 ms, and time to answer them. */
const DEFAULT_LINGER_SECONDS = 1;

/**
 * Reads the arguments after the program's name, then the environment.
 *
 * A flag wins over `MEERKAT_<FLAG>`, which wins over `PORT`, which wins over the default.
 *
 * @example parseConfig(["-p", "9000", "docs"], {})
 */
export function parseConfig(
  argv: readonly string[],
  env: Environment,
  surroundings: Surroundings = { isTerminal: false },
): ConfigResult {
  const line = readArguments(argv);
  if (line.kind === "usage-error") return line;
  if (line.settings.has("help")) return { kind: "help", text: helpText() };
  if (line.settings.has("version")) return { kind: "version" };
  const settings = new Map([...readEnvironment(env), ...line.settings]);
  const complaint = findComplaint(settings, line.directories);
  if (complaint !== undefined) return { kind: "usage-error", message: complaint };
  return { kind: "run", config: toConfig(settings, line.directories[0] ?? ".", surroundings) };
}

function toConfig(settings: Settings, directory: string, { isTerminal }: Surroundings): Config {
  const textOf = (name: string) => settings.get(name)?.at(-1)?.text;
  const textsOf = (name: string) => settings.get(name)?.map(({ text }) => text) ?? [];
  const isOn = (name: string) => isGiven(name, settings);
  const numberOf = (name: string) => {
    const text = textOf(name);
    return text === undefined ? undefined : Number(text);
  };
  const port = numberOf("port");
  const headers = toHeaders(isOn, textsOf("header"));
  const log = textOf("log");
  return {
    directory,
    host: textOf("host")?.replace(/^\[|\]$/g, "") ?? DEFAULT_HOST,
    port: port ?? DEFAULT_PORT,
    isDefaultPort: port === undefined,
    tls: toTlsConfig(textOf, isOn),
    unix: textOf("unix"),
    hidden: isOn("hidden"),
    index: !isOn("no-index"),
    spa: isOn("spa"),
    maxAgeSeconds: numberOf("max-age"),
    cacheBytes: parseSize(textOf("cache-size") ?? "") ?? DEFAULT_CACHE_BYTES,
    headers,
    cors: headers.some(([name]) => name.toLowerCase() === "access-control-allow-origin"),
    allowHosts: textsOf("allow-host"),
    allowOrigins: textsOf("allow-origin").map((origin) => origin.toLowerCase()),
    maxMessageBytes: parseSize(textOf("max-message") ?? "") ?? DEFAULT_MESSAGE_BYTES,
    maxConnections: numberOf("max-connections"),
    workers: textOf("workers") === "auto" ? "auto" : (numberOf("workers") ?? 1),
    deflate: !isOn("no-deflate"),
    stallSeconds: numberOf("stall-timeout") ?? DEFAULT_STALL_SECONDS,
    lingerSeconds: numberOf("linger") ?? DEFAULT_LINGER_SECONDS,
    drainSeconds: numberOf("drain") ?? DEFAULT_DRAIN_SECONDS,
    auth: textOf("auth"),
    log: isLogChoice(log) ? log : isTerminal && !isOn("quiet") ? "text" : "off",
    trustProxy: isOn("trust-proxy"),
    metrics: isOn("metrics"),
    open: isOn("open"),
    quiet: isOn("quiet"),
  };
}

function toTlsConfig(
  textOf: (name: string) => string | undefined,
  isOn: (name: string) => boolean,
): TlsConfig {
  const [cert, key, ca] = [textOf("cert"), textOf("key"), textOf("ca")];
  const http2 = !isOn("no-http2");
  if (cert !== undefined && key !== undefined) return { kind: "files", cert, key, ca, http2 };
  return isOn("tls") ? { kind: "own", ca, http2 } : { kind: "off" };
}

/** What is given by name takes the place of what `--cors` and `--coi` say by it. */
function toHeaders(isOn: (name: string) => boolean, texts: readonly string[]): HeaderField[] {
  const given = texts.map(parseHeader).filter((field) => field !== undefined);
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const implied = [...(isOn("cors") ? CORS : []), ...(isOn("coi") ? CROSS_ORIGIN_ISOLATION : [])];
  return [...implied.filter(([name]) => !names.has(name.toLowerCase())), ...given];
}
