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

/** An option that the command line or the environment can give. */
export interface Option {
  readonly short?: string;
  /** The value's name in the help; an option without one is a switch. */
  readonly value?: string;
  readonly help: string;
  /** A second variable, read if the option's own `MEERKAT_…` is not set. */
  readonly variable?: string;
  /** The option is repeatable; this separates its values in a variable. */
  readonly separator?: "," | "\n";
  /** The option has no effect without one of these; complaints advise the first. */
  readonly needs?: readonly [string, ...string[]];
  /** The value is never shown, not even in a complaint. */
  readonly isSecret?: boolean;
  /** Returns the fix for a wrong value. */
  readonly advise?: Advise;
}

/** The port to listen on if none is given. */
export const DEFAULT_PORT = 8000;

/** The host to listen on if none is given: loopback only, so that sharing is always deliberate. */
export const DEFAULT_HOST = "localhost";

/** `user:password` by RFC 7617 §2: no colon in the user, no control characters at all. */
const USER_PASS = /^[^:\p{Cc}]+:\P{Cc}*$/u;

/** All options; parsing, checks, variable names and the help are derived from this map. */
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
    tls: { help: "serve https and wss with a certificate made for this run" },
    cert: {
      value: "FILE",
      help: "PEM certificate chain for https and wss; needs --key",
      needs: ["key"],
    },
    key: { value: "FILE", help: "PEM private key; needs --cert", needs: ["cert"] },
    ca: {
      value: "FILE",
      help: "require client certificates signed by these authorities",
      needs: ["tls", "cert"],
    },
    "no-http2": { help: "speak only HTTP/1.1 over TLS", needs: ["tls", "cert"] },
    unix: { value: "PATH", help: "Unix socket to listen on, instead of a host and a port" },
    hidden: { help: "serve and list dotfiles too" },
    "no-index": { help: "answer 404 for a directory without an index.html" },
    spa: { help: "answer missing pages with the root's index.html" },
    "max-age": {
      value: "SECONDS",
      help: "let clients reuse files this long without revalidating",
      advise: (text) => adviseSeconds(text, 0, 3600),
    },
    "cache-size": {
      value: "SIZE",
      help: "memory for cached small files, 0 for none (64M)",
      advise: adviseCacheSize,
    },
    header: {
      value: '"NAME: VALUE"',
      help: "header field to send with every answer; repeatable",
      separator: "\n",
      advise: adviseHeader,
    },
    cors: { help: "let scripts of all web sites read the answers" },
    coi: { help: "make pages cross-origin isolated (COOP and COEP)" },
    "allow-host": {
      value: "NAME",
      help: "host name to accept in requests, * for any; repeatable",
      separator: ",",
      advise: adviseUnless(/^(\*|[\w.-]{1,253})$/, "give a host name, such as files.example"),
    },
    "allow-origin": {
      value: "ORIGIN",
      help: "origin whose pages may open a WebSocket (any); repeatable",
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
      help: "most WebSockets at a time (as many as the system allows)",
      advise: adviseUnless(/^[1-9]\d{0,8}$/, "give a whole number, 1 or more"),
    },
    workers: {
      value: "COUNT",
      help: "processes that share the port, auto for one per core (1)",
      advise: adviseUnless(/^([1-9]\d{0,2}|auto)$/, "give a whole number from 1 to 999, or auto"),
    },
    "no-deflate": { help: "do not compress WebSocket messages" },
    "stall-timeout": {
      value: "SECONDS",
      help: "close a WebSocket whose peer reads nothing for this long (60)",
      advise: (text) => adviseSeconds(text, 1, 60),
    },
    linger: {
      value: "SECONDS",
      help: "keep serving this long after SIGTERM, for balancers (1)",
      advise: (text) => adviseTimer(text, 5),
    },
    drain: {
      value: "SECONDS",
      help: "longest that the whole shutdown may take (10)",
      advise: (text) => adviseTimer(text, 10),
    },
    auth: {
      value: "USER:PASSWORD",
      help: "require this login; MEERKAT_AUTH hides it from ps",
      isSecret: true,
      advise: adviseUnless(USER_PASS, "write it as user:password"),
    },
    log: {
      value: "FORMAT",
      help: "log requests: text, json or off (text on a terminal)",
      advise: (text) => (isLogChoice(text) ? undefined : "give text, json or off"),
    },
    "trust-proxy": { help: "log the client address in X-Forwarded-For", needs: ["log"] },
    metrics: { help: "count requests for Prometheus at /.meerkat/metrics" },
    open: { short: "o", help: "open the index in the browser" },
    quiet: { short: "q", help: "print errors only" },
    help: { short: "h", help: "show this help" },
    version: { short: "V", help: "show the version" },
  }),
);
