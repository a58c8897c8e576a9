import type { Field } from "../http/field-adder.ts";
import { TOKEN_CHARACTER } from "../http/token.ts";

/** The values of `--log`. */
export type LogChoice = "text" | "json" | "off";

/** Returns how to fix a wrong value of an option; `undefined` for a right one. */
export type Advise = (text: string) => string | undefined;

/** Makes a check that gives this advice unless the text matches the pattern. */
export function adviseUnless(pattern: RegExp, advice: string): Advise {
  return (text) => (pattern.test(text) ? undefined : advice);
}

/** Checks a TCP port, 0 to 65535. */
export function advisePort(text: string): string | undefined {
  const isPort = /^\d{1,5}$/.test(text) && Number(text) <= 65535;
  return isPort ? undefined : "give a whole number from 0 to 65535";
}

/** Checks a whole number of seconds that is at least `least`; the advice names `example`. */
export function adviseSeconds(text: string, least: number, example: number): string | undefined {
  const isFit = /^\d{1,10}$/.test(text) && Number(text) >= least;
  const from = least === 0 ? "" : `, ${least} or more`;
  return isFit ? undefined : `give a whole number of seconds${from}, such as ${example}`;
}

/** The longest timer, 2^31 - 1 milliseconds; Node documents that a longer one fires at once. */
const MAX_TIMER_SECONDS = 2_147_483;

/** Checks a whole number of seconds that fits into a timer; the advice names `example`. */
export function adviseTimer(text: string, example: number): string | undefined {
  const isTooLong = /^\d+$/.test(text) && Number(text) > MAX_TIMER_SECONDS;
  return isTooLong
    ? `give a whole number of seconds up to ${MAX_TIMER_SECONDS}, such as ${example}`
    : adviseSeconds(text, 0, example);
}

/** Checks an origin, which matches only if it is spelt as browsers do (RFC 6454 §6.2). */
export function adviseOrigin(text: string): string | undefined {
  if (text === "*" || text === "null") return undefined;
  const isOrigin = URL.canParse(text) && originOf(text) === text.toLowerCase();
  return isOrigin ? undefined : "give an origin, such as https://app.example:8443";
}

function originOf(text: string): string {
  const { protocol, host } = new URL(text);
  return `${protocol}//${host}`;
}

/** A header field by RFC 9110 §5.1 and §5.5. */
const HEADER = new RegExp(
  `^(${TOKEN_CHARACTER}+):[ \\t]*([\\x21-\\x7e\\x80-\\xff](?:[\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)$`,
);

/** Fields that follow from the connection and the content; any other value would break one of them. */
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

/** Checks a header field, `Name: value`, that every answer is to carry. */
export function adviseHeader(text: string): string | undefined {
  const [name] = parseHeader(text) ?? [];
  if (name === undefined) return 'write it as "Name: value", in one line';
  const isFraming = FRAMING_FIELDS.has(name.toLowerCase());
  return isFraming ? "the server sets this field itself; leave it out" : undefined;
}

/** Splits `Name: value`; `undefined` for a text that is not a header field. */
export function parseHeader(text: string): Field | undefined {
  const [, name, value] = HEADER.exec(text) ?? [];
  return name === undefined || value === undefined ? undefined : [name, value];
}

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["k", 1024],
  ["m", 1024 ** 2],
  ["g", 1024 ** 3],
]);

/** Parses a size such as `512k`, `64M`, `1GiB` or `1000` into bytes; `undefined` for another text. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,12})([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  const factor = SIZE_UNITS.get(unit.toLowerCase());
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** Bun stores the limit in 32 bits, and nobody sends a message of more than a gigabyte. */
const MAX_MESSAGE_BYTES = 1024 ** 3;

/** Checks the size of a message, 1 byte to 1 GiB. */
export function adviseMessageSize(text: string): string | undefined {
  const bytes = parseSize(text) ?? 0;
  const isFit = bytes >= 1 && bytes <= MAX_MESSAGE_BYTES;
  return isFit ? undefined : "give a size up to 1G, such as 16M or 512k";
}

/** Checks the size of a cache, which may be 0. */
export function adviseCacheSize(text: string): string | undefined {
  return parseSize(text) === undefined ? "give a size, such as 64M, 512k or 0" : undefined;
}

/** Tells whether a text is a value of `--log`. */
export function isLogChoice(text: string | undefined): text is LogChoice {
  return text === "text" || text === "json" || text === "off";
}

/** The texts that switch an option on or off in a variable. */
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

/** Reads a switch: `true` for on, `false` for off, `undefined` for another text. */
export function parseSwitch(text: string): boolean | undefined {
  return SWITCH.get(text.toLowerCase());
}
