import { TOKEN_CHARACTER } from "../http/token.ts";

/** A header field as it is sent. */
export type HeaderField = readonly [name: string, value: string];

/** What `--log` can be told. */
export type LogChoice = "text" | "json" | "off";

/** Says how a text is put right, if it is no good value. */
export type Advise = (text: string) => string | undefined;

/** Advises unless a text is like this. */
export function adviseUnless(pattern: RegExp, advice: string): Advise {
  return (text) => (pattern.test(text) ? undefined : advice);
}

/** A port of TCP; 0 asks the system for a free one. */
export function advisePort(text: string): string | undefined {
  const isPort = /^\d{1,5}$/.test(text) && Number(text) <= 65535;
  return isPort ? undefined : "give a whole number from 0 to 65535";
}

/** A whole number of seconds from `least` on. */
export function adviseSeconds(text: string, least: number, example: number): string | undefined {
  const isFit = /^\d{1,10}$/.test(text) && Number(text) >= least;
  const from = least === 0 ? "" : ` from ${least} on`;
  return isFit ? undefined : `give a whole number of seconds${from}, such as ${example}`;
}

/** What a timer can count, 2^31 - 1 milliseconds; a longer one of Bun 1.4.5 runs out at once. */
const MAX_TIMER_SECONDS = 2_147_483;

/** A whole number of seconds that a timer can count. */
export function adviseTimer(text: string, example: number): string | undefined {
  const isTooLong = /^\d+$/.test(text) && Number(text) > MAX_TIMER_SECONDS;
  return isTooLong
    ? `give a whole number of seconds up to ${MAX_TIMER_SECONDS}, such as ${example}`
    : adviseSeconds(text, 0, example);
}

/** An origin as a browser writes it, or it would never match: RFC 6454 §6.2. */
export function adviseOrigin(text: string): string | undefined {
  if (text === "*" || text === "null") return undefined;
  const isOrigin = URL.canParse(text) && originOf(text) === text.toLowerCase();
  return isOrigin ? undefined : "give an origin, such as https://app.example:8443";
}

function originOf(text: string): string {
  const { protocol, host } = new URL(text);
  return `${protocol}//${host}`;
}

/** RFC 9110 §5.1 and §5.5. */
const HEADER = new RegExp(
  `^(${TOKEN_CHARACTER}+):[ \\t]*([\\x21-\\x7e\\x80-\\xff](?:[\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)$`,
);

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

/** A header field that may be sent, as `Name: value`. */
export function adviseHeader(text: string): string | undefined {
  const [name] = parseHeader(text) ?? [];
  if (name === undefined) return 'write it as "Name: value", in one line';
  const isFraming = FRAMING_FIELDS.has(name.toLowerCase());
  return isFraming ? "the server sets this field itself; leave it out" : undefined;
}

/** Takes `Name: value` apart; `undefined` for what is no header field. */
export function parseHeader(text: string): HeaderField | undefined {
  const [, name, value] = HEADER.exec(text) ?? [];
  return name === undefined || value === undefined ? undefined : [name, value];
}

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["k", 1024],
  ["m", 1024 ** 2],
  ["g", 1024 ** 3],
]);

/** Bytes from `512k`, `64M`, `1GiB` or a plain number; `undefined` for what is no size. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,12})([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  const factor = SIZE_UNITS.get(unit.toLowerCase());
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** Bun takes a limit of 32 bits; more than a gigabyte is no message. */
const MAX_MESSAGE_BYTES = 1024 ** 3;

/** The size of a message: at least a byte. */
export function adviseMessageSize(text: string): string | undefined {
  const bytes = parseSize(text) ?? 0;
  const isFit = bytes >= 1 && bytes <= MAX_MESSAGE_BYTES;
  return isFit ? undefined : "give a size up to 1G, such as 16M or 512k";
}

/** The size of a cache, which may be 0. */
export function adviseCacheSize(text: string): string | undefined {
  return parseSize(text) === undefined ? "give a size, such as 64M, 512k or 0" : undefined;
}

/** Whether `--log` knows this. */
export function isLogChoice(text: string | undefined): text is LogChoice {
  return text === "text" || text === "json" || text === "off";
}

/** What a variable can say for an option that takes no value. */
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

/** Whether a switch is on; `undefined` for what says neither. */
export function parseSwitch(text: string): boolean | undefined {
  return SWITCH.get(text.toLowerCase());
}
