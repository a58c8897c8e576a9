import {
  adviseCacheSize,
  adviseHeader,
  adviseMessageSize,
  adviseOrigin,
  advisePort,
  adviseSeconds,
  adviseTimer,
  adviseUnless,
  isLogChoice,
  type Advise,
} from "./values.ts";

/** An option of the command line, and of the environment. */
export interface Option {
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
  readonly advise?: Advise;
}

/** The port that nobody has to ask for. */
export const DEFAULT_PORT = 8000;

/** Both loopback addresses: what is shared beyond this machine is shared on purpose. */
export const DEFAULT_HOST = "localhost";

/** RFC 7617 §2: no colon in the user, no control characters at all. */
const USER_PASS = /^[^:\p{Cc}]+:\P{Cc}*$/u;

/** The one list from which parsing, checking, the environment's names and the help are made. */
export const OPTIONS: ReadonlyMap<string, Option> = new Map<string, Option>(
  Object.entries({
    port: {
      short: "p",
      value: "PORT",
      help: `port to listen on, 0 for any free one (${DEFAULT_PORT})`,
      variable: "PORT",
      advise: advisePort,
    },
    host: {
      value: "HOST",
      help: `address to listen on, 0.0.0.0 or :: for all (${DEFAULT_HOST})`,
      advise: adviseUnless(
        /^(\[[\da-f:.%\w]+\]|[\w.:%-]+)$/i,
        "give a host name or an IP address, such as 127.0.0.1",
      ),
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
    "no-http2": { help: "HTTP/1.1 alone over TLS", needs: ["tls", "cert"] },
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
      advise: adviseCacheSize,
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
      advise: adviseUnless(/^(\*|[\w.-]{1,253})$/, "give a host name, such as files.example"),
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
      advise: adviseMessageSize,
    },
    "max-connections": {
      value: "COUNT",
      help: "WebSockets at a time (as many as the system allows)",
      advise: adviseUnless(/^[1-9]\d{0,8}$/, "give a whole number from 1 on"),
    },
    workers: {
      value: "COUNT",
      help: "processes that share the port, auto for one to a core (1)",
      advise: adviseUnless(/^([1-9]\d{0,2}|auto)$/, "give a whole number from 1 to 999, or auto"),
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
      advise: adviseUnless(USER_PASS, "write it as user:password"),
    },
    log: {
      value: "FORMAT",
      help: "log requests: text, json or off (text on a terminal)",
      advise: (text) => (isLogChoice(text) ? undefined : "give text, json or off"),
    },
    "trust-proxy": { help: "log the client that X-Forwarded-For names", needs: ["log"] },
    metrics: { help: "count requests, and answer /.meerkat/metrics" },
    open: { short: "o", help: "open the index in the browser" },
    quiet: { short: "q", help: "print errors only" },
    help: { short: "h", help: "show this help" },
    version: { short: "V", help: "show the version" },
  }),
);
