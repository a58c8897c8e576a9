import { parseArgs } from "node:util";
import type { LogFormat } from "./access-log.ts";

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
  readonly log: LogFormat | "off";
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

/** A header field as it is sent. */
export type HeaderField = readonly [name: string, value: string];

/** What a command line comes to. A `usage-error` is one line that names the flag, its value and the fix. */
export type ConfigResult =
  | { readonly kind: "run"; readonly config: Config }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | { readonly kind: "usage-error"; readonly message: string };

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Option {
  readonly short?: string;
  /** What the value is called in the help; a flag without one takes no value. */
  readonly value?: string;
  readonly help: string;
  /** A variable beside the option's own `MEERKAT_…`, asked after it. */
  readonly variable?: string;
  /** It may be given several times; in a variable the values stand apart by this. */
  readonly separator?: "," | "\n";
  /** It means nothing without one of these; the first is what to add. */
  readonly needs?: readonly [string, ...string[]];
  /** The value is never shown, not even in a complaint. */
  readonly isSecret?: boolean;
  /** The fix, if the text is no good value. */
  readonly advise?: (text: string) => string | undefined;
}

/** What Bun can be told is the largest message has 32 bits; more than this is no message. */
const MAX_MESSAGE_BYTES = 1024 ** 3;

const DEFAULT_PORT = 8000;
const DEFAULT_HOST = "localhost";

/** The one list from which parsing, checking, the environment's names and the help are made. */
const OPTIONS: ReadonlyMap<string, Option> = new Map<string, Option>(
  Object.entries({
    port: {
      short: "p",
      value: "PORT",
      help: `port to listen on, 0 for any free one (${DEFAULT_PORT})`,
      variable: "PORT",
      advise: (text) =>
        /^\d{1,5}$/.test(text) && Number(text) <= 65535
          ? undefined
          : "give a whole number from 0 to 65535",
    },
    host: {
      value: "HOST",
      help: `address to listen on, 0.0.0.0 or :: for all (${DEFAULT_HOST})`,
      advise: (text) =>
        /^(\[[\da-f:.%\w]+\]|[\w.:%-]+)$/i.test(text)
          ? undefined
          : "give a host name or an IP address, such as 127.0.0.1",
    },
    tls: { help: "https and wss, with a certificate made for this run" },
    cert: {
      value: "FILE",
      help: "certificate chain in PEM, for https and wss; needs --key",
      needs: ["key"],
    },
    key: { value: "FILE", help: "private key in PEM; needs --cert", needs: ["cert"] },
    ca: {
      value: "FILE",
      help: "ask clients for a certificate of these authorities",
      needs: ["tls", "cert"],
    },
    "no-http2": { help: "HTTP/1.1 alone over TLS" },
    unix: { value: "PATH", help: "Unix socket to listen on, instead of a host and a port" },
    hidden: { help: "serve and list dotfiles too" },
    "no-index": { help: "404 for a directory without an index.html" },
    spa: { help: "answer a page that is missing with the root's index.html" },
    "max-age": {
      value: "SECONDS",
      help: "let files be used that long without asking again",
      advise: (text) => adviseSeconds(text, 0, 3600),
    },
    "cache-size": {
      value: "SIZE",
      help: "memory for small files, 0 for none (64M)",
      advise: (text) =>
        parseSize(text) === undefined ? "give a size, such as 64M, 512k or 0" : undefined,
    },
    header: {
      value: '"NAME: VALUE"',
      help: "send this with every answer; repeatable",
      separator: "\n",
      advise: adviseHeader,
    },
    cors: { help: "let scripts of every web site read what is served" },
    coi: { help: "isolate pages across origins (COOP and COEP)" },
    "allow-host": {
      value: "NAME",
      help: "answer for this host name too, * for any; repeatable",
      separator: ",",
      advise: (text) =>
        text === "*" || /^[\w.-]{1,253}$/.test(text)
          ? undefined
          : "give a host name, such as files.example",
    },
    "allow-origin": {
      value: "ORIGIN",
      help: "let only pages of this origin open a WebSocket; repeatable",
      separator: ",",
      advise: adviseOrigin,
    },
    "max-message": {
      value: "SIZE",
      help: "largest WebSocket message (16M)",
      advise: (text) => {
        const bytes = parseSize(text) ?? 0;
        return bytes >= 1 && bytes <= MAX_MESSAGE_BYTES
          ? undefined
          : "give a size up to 1G, such as 16M or 512k";
      },
    },
    "max-connections": {
      value: "COUNT",
      help: "WebSockets at a time (as many as the system allows)",
      advise: (text) => (/^[1-9]\d{0,8}$/.test(text) ? undefined : "give a whole number from 1 on"),
    },
    workers: {
      value: "COUNT",
      help: "processes that share the port, auto for one to a core (1)",
      advise: (text) =>
        /^([1-9]\d{0,2}|auto)$/.test(text)
          ? undefined
          : "give a whole number from 1 to 999, or auto",
    },
    "no-deflate": { help: "do not compress WebSocket messages" },
    "stall-timeout": {
      value: "SECONDS",
      help: "cut off a WebSocket that takes nothing so long (60)",
      advise: (text) => adviseSeconds(text, 1, 60),
    },
    linger: {
      value: "SECONDS",
      help: "at SIGTERM go on so long, for balancers to notice (1)",
      advise: (text) => adviseTimer(text, 5),
    },
    drain: {
      value: "SECONDS",
      help: "let the end take so long before it cuts off what is left (10)",
      advise: (text) => adviseTimer(text, 10),
    },
    auth: {
      value: "USER:PASSWORD",
      help: "ask for these; better as MEERKAT_AUTH, which ps does not show",
      isSecret: true,
      advise: (text) => (USER_PASS.test(text) ? undefined : "write it as user:password"),
    },
    log: {
      value: "FORMAT",
      help: "log requests: text, json or off (text on a terminal)",
      advise: (text) => (isLog(text) ? undefined : "give text, json or off"),
    },
    "trust-proxy": { help: "log the client that X-Forwarded-For names" },
    metrics: { help: "count requests, and answer /.meerkat/metrics" },
    open: { short: "o", help: "open the index in the browser" },
    quiet: { short: "q", help: "print errors only" },
    help: { short: "h", help: "show this help" },
    version: { short: "V", help: "show the version" },
  }),
);

/** RFC 7617 §2: no colon in the user, no control characters at all. */
const USER_PASS = /^[^:\p{Cc}]+:\P{Cc}*$/u;

/** These ask for a text instead of a server, so no variable may switch them on. */
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(["help", "version"]);

/** A value somebody gave, and how to name it in a complaint. */
interface Setting {
  readonly text: string;
  readonly source: string;
}

/** By option, in the order they were given; all but a repeatable option's last count for nothing. */
type Settings = ReadonlyMap<string, readonly Setting[]>;

type CommandLine =
  | { readonly kind: "read"; readonly settings: Settings; readonly directories: readonly string[] }
  | { readonly kind: "usage-error"; readonly message: string };

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
  const line = readCommandLine(argv);
  if (line.kind === "usage-error") return line;
  if (line.settings.has("help")) return { kind: "help", text: helpText() };
  if (line.settings.has("version")) return { kind: "version" };
  const settings = new Map([...readEnvironment(env), ...line.settings]);
  const complaint = firstComplaint(settings, line.directories) ?? complainAboutUnix(settings);
  if (complaint !== undefined) return { kind: "usage-error", message: complaint };
  return { kind: "run", config: toConfig(settings, line.directories[0] ?? ".", surroundings) };
}

function readCommandLine(argv: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...argv],
    options: parseArgsOptions(),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const settings = new Map<string, Setting[]>();
  const directories: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") directories.push(token.value);
    if (token.kind !== "option") continue;
    const message = complainAboutFlag(token.name, token.rawName, token.value);
    if (message !== undefined) return { kind: "usage-error", message };
    const text = token.value ?? "true";
    const isShown = token.value !== undefined && OPTIONS.get(token.name)?.isSecret !== true;
    const setting = { text, source: isShown ? `${token.rawName} ${text}` : token.rawName };
    settings.set(token.name, [...(settings.get(token.name) ?? []), setting]);
  }
  return { kind: "read", settings, directories };
}

function parseArgsOptions(): Record<string, { type: "string" | "boolean"; short?: string }> {
  return Object.fromEntries(
    Array.from(OPTIONS, ([name, { short, value }]) => [
      name,
      {
        type: value === undefined ? "boolean" : "string",
        ...(short === undefined ? {} : { short }),
      } as const,
    ]),
  );
}

function complainAboutFlag(name: string, rawName: string, value: string | undefined) {
  const option = OPTIONS.get(name);
  if (option === undefined) return `${rawName}: no such option; ${adviseName(name)}`;
  if (option.value === undefined) {
    return value === undefined ? undefined : `${rawName}=${value}: ${rawName} takes no value`;
  }
  return value === undefined || value === ""
    ? `${rawName}: a value is missing; write ${rawName} ${option.value}`
    : undefined;
}

/** Most slips are two letters swapped, an end left off, or a `no-` too many or too few. */
function adviseName(name: string): string {
  const bare = (text: string) => text.replace(/^no-/, "");
  const letters = (text: string) => [...bare(text)].sort().join("");
  const near = [...OPTIONS.keys()].find(
    (known) =>
      letters(known) === letters(name) || bare(known).slice(0, 3) === bare(name).slice(0, 3),
  );
  return near === undefined ? "--help lists them" : `did you mean --${near}?`;
}

function* readEnvironment(env: Environment): Generator<[string, Setting[]]> {
  for (const [name, option] of OPTIONS) {
    if (COMMAND_LINE_ONLY.has(name)) continue;
    const own = `MEERKAT_${name.toUpperCase().replaceAll("-", "_")}`;
    const names = option.variable === undefined ? [own] : [own, option.variable];
    // An empty variable is how shells and compose files spell "not set".
    const variable = names.find((candidate) => (env[candidate] ?? "") !== "");
    if (variable === undefined) continue;
    const text = env[variable] ?? "";
    const texts = option.separator === undefined ? [text] : splitVariable(text, option.separator);
    const sourceOf = (each: string) =>
      option.isSecret === true ? variable : `${variable}=${each}`;
    yield [name, texts.map((each) => ({ text: each, source: sourceOf(each) }))];
  }
}

function splitVariable(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

function firstComplaint(settings: Settings, directories: readonly string[]): string | undefined {
  for (const [name, given] of settings) {
    const option = OPTIONS.get(name);
    for (const { text, source } of given) {
      const advice = option?.value === undefined ? adviseSwitch(text) : option.advise?.(text);
      if (advice !== undefined) return `${source}: ${advice}`;
    }
    const lacking = lackOf(option, settings);
    if (lacking !== undefined) return `${given.at(-1)?.source}: add ${lacking}`;
  }
  if (directories.length > 1) {
    return `${directories[1]}: only one directory can be served; ${directories[0]} came first`;
  }
  return directories[0] === ""
    ? `"": the directory's name is empty; leave it out for "."`
    : undefined;
}

/** The option to add to one that means nothing by itself. */
function lackOf(option: Option | undefined, settings: Settings): string | undefined {
  if (option?.needs === undefined || option.needs.some((name) => isGiven(name, settings))) {
    return undefined;
  }
  const [name] = option.needs;
  const value = OPTIONS.get(name)?.value;
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function isGiven(name: string, settings: Settings): boolean {
  const text = settings.get(name)?.at(-1)?.text;
  if (text === undefined) return false;
  return OPTIONS.get(name)?.value !== undefined || SWITCH.get(text.toLowerCase()) === true;
}

/**
 * What a Unix socket has not: no port, no address, nobody on the way who could listen in, and no way
 * to be shared by processes.
 */
const NOT_WITH_UNIX = ["port", "host", "tls", "cert", "workers"] as const;

/** Platforms set PORT for whatever they run, so it alone is left alone. */
function complainAboutUnix(settings: Settings): string | undefined {
  const unix = settings.get("unix")?.at(-1)?.source;
  const other = NOT_WITH_UNIX.filter((name) => isGiven(name, settings))
    .map((name) => settings.get(name)?.at(-1)?.source)
    .find((source) => source?.startsWith("PORT=") === false);
  return unix === undefined || other === undefined
    ? undefined
    : `${unix} and ${other}: it is one or the other; leave one of them out`;
}

const SWITCH: ReadonlyMap<string, boolean> = new Map([
  ["1", true],
  ["true", true],
  ["yes", true],
  ["on", true],
  ["0", false],
  ["false", false],
  ["no", false],
  ["off", false],
]);

function adviseSwitch(text: string): string | undefined {
  return SWITCH.has(text.toLowerCase()) ? undefined : "give 1 or 0";
}

function adviseSeconds(text: string, least: number, example: number): string | undefined {
  const isFit = /^\d{1,10}$/.test(text) && Number(text) >= least;
  const from = least === 0 ? "" : ` from ${least} on`;
  return isFit ? undefined : `give a whole number of seconds${from}, such as ${example}`;
}

/** What a timer can count, 2^31 - 1 milliseconds; a longer one of Bun 1.4.5 runs out at once. */
const MAX_TIMER_SECONDS = 2_147_483;

function adviseTimer(text: string, example: number): string | undefined {
  const isTooLong = /^\d+$/.test(text) && Number(text) > MAX_TIMER_SECONDS;
  return isTooLong
    ? `give a whole number of seconds up to ${MAX_TIMER_SECONDS}, such as ${example}`
    : adviseSeconds(text, 0, example);
}

/** As a browser writes it, or it would never match: RFC 6454 §6.2. */
function adviseOrigin(text: string): string | undefined {
  if (text === "*" || text === "null") return undefined;
  const isOrigin = URL.canParse(text) && originOf(text) === text.toLowerCase();
  return isOrigin ? undefined : "give an origin, such as https://app.example:8443";
}

function originOf(text: string): string {
  const { protocol, host } = new URL(text);
  return `${protocol}//${host}`;
}

/** RFC 9110 §5.1 and §5.5. */
const HEADER =
  /^([!#$%&'*+\-.^_`|~\dA-Za-z]+):[ \t]*([\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)$/;

/** What these say follows from the connection and the content; any other value would break one of them. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-range",
  "date",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function adviseHeader(text: string): string | undefined {
  const [, name] = HEADER.exec(text) ?? [];
  if (name === undefined) return 'write it as "Name: value", in one line';
  const isFraming = FRAMING_FIELDS.has(name.toLowerCase());
  return isFraming ? "the server sets this field itself; leave it out" : undefined;
}

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["k", 1024],
  ["m", 1024 ** 2],
  ["g", 1024 ** 3],
]);

/** Bytes from `512k`, `64M`, `1GiB` or a plain number; `undefined` for what is no size. */
function parseSize(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,12})([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  const factor = SIZE_UNITS.get(unit.toLowerCase());
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
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

const DEFAULT_CACHE_BYTES = 64 * 1024 ** 2;
const DEFAULT_MESSAGE_BYTES = 16 * 1024 ** 2;

/** Bun tells of progress by thirds of a socket buffer, so this means at least about 22 KB/s. */
const DEFAULT_STALL_SECONDS = 60;
const DEFAULT_DRAIN_SECONDS = 10;

/** Two checks of a balancer that asks every 250 ms, and time to answer them. */
const DEFAULT_LINGER_SECONDS = 1;

/** What the program runs in, as far as defaults depend on it. */
export interface Surroundings {
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
}

function isLog(text: string | undefined): text is Config["log"] {
  return text === "text" || text === "json" || text === "off";
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
    headers: toHeaders(isOn, textsOf("header").map(splitHeader)),
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
    log: isLog(log) ? log : isTerminal && !isOn("quiet") ? "text" : "off",
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
function toHeaders(isOn: (name: string) => boolean, given: readonly HeaderField[]) {
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const implied = [...(isOn("cors") ? CORS : []), ...(isOn("coi") ? CROSS_ORIGIN_ISOLATION : [])];
  return [...implied.filter(([name]) => !names.has(name.toLowerCase())), ...given];
}

function splitHeader(text: string): HeaderField {
  const [, name = "", value = ""] = HEADER.exec(text) ?? [];
  return [name, value];
}

function helpText(): string {
  const rows = Array.from(OPTIONS, ([name, { short, value, help }]) => {
    const flags = `${short === undefined ? "    " : `-${short}, `}--${name}`;
    return `  ${(value === undefined ? flags : `${flags} ${value}`).padEnd(30)}${help}`;
  });
  return `Serves a directory over HTTP, {"result":123} at /rest and a WebSocket echo at /websocket.

Usage: bun run server.ts [DIR] [options]

  DIR                           directory to serve (.)
${rows.join("\n")}

Each option but the last two can be given as a variable: MEERKAT_PORT=9000, MEERKAT_HIDDEN=1.
PORT is read too.
`;
}
