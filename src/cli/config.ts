import type { Field } from "../http/field-adder.ts";
import { readArguments } from "./arguments.ts";
import { findComplaint } from "./complaints.ts";
import { readEnvironment, type Environment } from "./environment.ts";
import { helpText } from "./help.ts";
import { DEFAULT_HOST, DEFAULT_PORT } from "./options.ts";
import { isGiven, type Settings } from "./settings.ts";
import { isLogChoice, parseHeader, parseSize, type LogChoice } from "./values.ts";

/** The checked settings of a server, from the command line and the environment. */
export interface Config {
  /** The directory to serve, as given; a relative path starts at the current directory. */
  readonly directory: string;
  /** A host name or an IP address without brackets. `localhost` means both loopback addresses. */
  readonly host: string;
  /** The port to listen on, 0 to 65535; 0 asks the system for a free one. */
  readonly port: number;
  /** The port was not given, so the next free one may be used instead. */
  readonly isDefaultPort: boolean;
  readonly tls: TlsConfig;
  /** The path of a Unix socket to listen on, instead of a host and a port. */
  readonly unix: string | undefined;
  /** Serve and list dotfiles. */
  readonly hidden: boolean;
  /** Answer a directory without an `index.html` with a generated listing. */
  readonly index: boolean;
  /** Answer a browser's request for a missing page with the root's `index.html`. */
  readonly spa: boolean;
  /** How long (s) a client may use a file without revalidating it; `undefined` for never. */
  readonly maxAgeSeconds: number | undefined;
  /** The size of the cache for small files, in bytes; 0 caches none. */
  readonly cacheBytes: number;
  /** Header fields for every answer, including those of `--cors` and `--coi`. */
  readonly headers: readonly Field[];
  /** Scripts of other origins may read the answers. */
  readonly cors: boolean;
  /** Host names to accept besides localhost and IP addresses; `*` accepts any. */
  readonly allowHosts: readonly string[];
  /** Origins whose pages may open a WebSocket, in lower case; an empty list allows all. */
  readonly allowOrigins: readonly string[];
  /** The largest WebSocket message, in bytes. */
  readonly maxMessageBytes: number;
  /** The largest number of WebSockets; `undefined` for as many as the system allows. */
  readonly maxConnections: number | undefined;
  /** The number of processes that answer; `auto` for one per core. */
  readonly workers: number | "auto";
  /** Offer permessage-deflate. */
  readonly deflate: boolean;
  /** How long the peer of a WebSocket may read nothing while data waits for it. */
  readonly stallSeconds: number;
  /** How long the server still answers after SIGTERM, while its health tells balancers 503. */
  readonly lingerSeconds: number;
  /** How long the whole shutdown may take before the remaining connections are closed. */
  readonly drainSeconds: number;
  /** The `user:password` that requests need; `undefined` for none. */
  readonly auth: string | undefined;
  /** The format of the access log, or `off`. */
  readonly log: LogChoice;
  /** Count requests and answer `/.meerkat/metrics`. */
  readonly metrics: boolean;
  /** Log the client address that a proxy sends in X-Forwarded-For. */
  readonly trustProxy: boolean;
  /** Open the index in a browser. */
  readonly open: boolean;
  /** Print nothing but errors. */
  readonly quiet: boolean;
}

/**
 * How connections are encrypted: not at all, with a certificate made for this run, or with one from
 * PEM files. `ca` is the file of the authorities that have to have signed the certificates of clients.
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

/** The outcome of parsing a command line; a `usage-error` is one line with flag, value and fix. */
export type ConfigResult =
  | { readonly kind: "run"; readonly config: Config }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | { readonly kind: "usage-error"; readonly message: string };

/** Properties of the process that defaults depend on. */
export interface Surroundings {
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
}

/** The fields of `--cors`: any site may read, with all methods and fields. No answer depends on cookies. */
const CORS: readonly Field[] = [
  ["Access-Control-Allow-Origin", "*"],
  ["Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"],
  // The asterisk covers every field but Authorization (Fetch §4.10).
  ["Access-Control-Allow-Headers", "*, Authorization"],
  ["Access-Control-Expose-Headers", "*"],
];

/** The fields that `SharedArrayBuffer` and exact timers require (HTML §7.1.3, §7.1.4). */
const CROSS_ORIGIN_ISOLATION: readonly Field[] = [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Embedder-Policy", "require-corp"],
];

/** Enough for all small files of most sites, and little for most machines. */
const DEFAULT_CACHE_BYTES = 64 * 1024 ** 2;

/** Bun's own default, and more than well-meaning clients send in one message. */
const DEFAULT_MESSAGE_BYTES = 16 * 1024 ** 2;

/** Bun reports progress in thirds of a socket buffer, so a peer has to read about 22 KB/s. */
const DEFAULT_STALL_SECONDS = 60;

/** No longer than platforms wait before they kill a program: Docker 10 s, Kubernetes 30. */
const DEFAULT_DRAIN_SECONDS = 10;

/** Long enough for two health checks of a balancer that asks every 250 ms. */
const DEFAULT_LINGER_SECONDS = 1;

/**
 * Parses the arguments after the program's name and the environment into a `Config`.
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

/** Joins the fields of `--cors`, `--coi` and `--header`; one of the latter replaces those of its name. */
function toHeaders(isOn: (name: string) => boolean, texts: readonly string[]): Field[] {
  const given = texts.map(parseHeader).filter((field) => field !== undefined);
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const implied = [...(isOn("cors") ? CORS : []), ...(isOn("coi") ? CROSS_ORIGIN_ISOLATION : [])];
  return [...implied.filter(([name]) => !names.has(name.toLowerCase())), ...given];
}
