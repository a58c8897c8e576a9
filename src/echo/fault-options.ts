/** The faults that the URL of a WebSocket asks the echo to inject. */
export interface FaultOptions {
  /** The delay of each echo, in milliseconds. */
  readonly delayMs: number;
  /** The largest random delay on top of it, in milliseconds. The order is kept. */
  readonly jitterMs: number;
  /** How the server ends the connection; `undefined` to leave that to the client. */
  readonly ending: Ending | undefined;
  /** The message that the server sends first. */
  readonly greeting: string | undefined;
  /** The interval between numbered ticks of the server, in milliseconds. */
  readonly everyMs: number | undefined;
}

/**
 * How the server ends a connection: with a Close frame, or without one (`drop`), as when a network
 * fails. `after` is the number of echoes before the end; 0 ends it at once.
 */
export type Ending =
  | {
      readonly kind: "close";
      readonly after: number;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly kind: "drop"; readonly after: number };

/** The outcome of `parseFaults()`; the message of `invalid` names the parameter and the fix. */
export type FaultsResult =
  | { readonly kind: "plain" }
  | { readonly kind: "faults"; readonly options: FaultOptions }
  | { readonly kind: "invalid"; readonly message: string };

/** Longer than the patience of clients, and short enough for a forgotten connection to end. */
const MAX_DELAY_MS = 60_000;

/** An hour; rarer messages are no ticks. */
const MAX_TICK_MS = 3_600_000;

const MAX_AFTER = 1_000_000_000;

/** RFC 6455 §5.5: a control frame has at most 125 bytes, and the code takes two. */
const MAX_REASON_BYTES = 123;

/** Returns how to fix a wrong value of a parameter; `undefined` for a right one. */
type Advise = (text: string) => string | undefined;

const PARAMETERS: ReadonlyMap<string, Advise> = new Map<string, Advise>([
  ["delay", (text) => adviseWhole(text, 0, MAX_DELAY_MS, "milliseconds")],
  ["jitter", (text) => adviseWhole(text, 0, MAX_DELAY_MS, "milliseconds")],
  ["close", adviseClose],
  ["after", (text) => adviseWhole(text, 0, MAX_AFTER, "messages")],
  ["drop", (text) => (/^(?:|1|true)$/.test(text) ? undefined : "give it no value")],
  ["greet", (text) => (text === "" ? "give the text to be greeted with" : undefined)],
  ["every", (text) => adviseWhole(text, 1, MAX_TICK_MS, "milliseconds")],
]);

/**
 * Parses the faults to inject from the query of a WebSocket's URL. Unknown parameters are ignored, as
 * clients may need them for themselves.
 *
 * @param search the query with its `?`, or empty
 * @example parseFaults("?delay=200&close=1011,out+of+luck&after=3")
 */
export function parseFaults(search: string): FaultsResult {
  if (search === "") return PLAIN;
  const given = new URLSearchParams(search);
  const names = [...PARAMETERS.keys()].filter((name) => given.has(name));
  if (names.length === 0) return PLAIN;
  const message =
    names.map((name) => complainAbout(name, given.getAll(name))).find(isComplaint) ??
    complainTogether(given);
  if (message !== undefined) return { kind: "invalid", message };
  return { kind: "faults", options: toOptions(given) };
}

const PLAIN: FaultsResult = { kind: "plain" };

function isComplaint(message: string | undefined): message is string {
  return message !== undefined;
}

function complainAbout(name: string, [text = "", ...others]: readonly string[]) {
  if (others.length > 0) return `The parameter ${name} is given twice.`;
  const advice = PARAMETERS.get(name)?.(text);
  return advice === undefined ? undefined : `The parameter ${name}: ${advice}.`;
}

function complainTogether(given: URLSearchParams): string | undefined {
  const isEnding = given.has("close") || given.has("drop");
  if (given.has("after") && !isEnding) return "The parameter after needs close or drop.";
  if (given.has("close") && given.has("drop")) {
    return "The parameters close and drop exclude each other.";
  }
  return undefined;
}

function adviseWhole(text: string, least: number, most: number, unit: string) {
  const isFit = /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most;
  return isFit ? undefined : `give a whole number of ${unit} from ${least} to ${most}`;
}

function adviseClose(text: string): string | undefined {
  const { code, reason } = splitClose(text);
  if (!isSendableCode(code)) {
    return "give a code that may be sent: 1000 to 1003, 1007 to 1014, or 3000 to 4999";
  }
  const isShort = Buffer.byteLength(reason) <= MAX_REASON_BYTES;
  return isShort ? undefined : `give a reason of at most ${MAX_REASON_BYTES} bytes`;
}

/** Tells whether a frame may have a code; 1004 to 1006 and 1015 are never sent (RFC 6455 §7.4, IANA). */
function isSendableCode(code: number): boolean {
  const isDefined = (code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999);
  return isDefined && !(code >= 1004 && code <= 1006);
}

function splitClose(text: string): { code: number; reason: string } {
  const comma = text.indexOf(",");
  const digits = comma === -1 ? text : text.slice(0, comma);
  const code = /^\d{4}$/.test(digits) ? Number(digits) : 0;
  return { code, reason: comma === -1 ? "" : text.slice(comma + 1) };
}

function toOptions(given: URLSearchParams): FaultOptions {
  const every = given.get("every");
  return {
    delayMs: Number(given.get("delay") ?? 0),
    jitterMs: Number(given.get("jitter") ?? 0),
    ending: toEnding(given),
    greeting: given.get("greet") ?? undefined,
    everyMs: every === null ? undefined : Number(every),
  };
}

function toEnding(given: URLSearchParams): Ending | undefined {
  const after = Number(given.get("after") ?? 0);
  if (given.has("drop")) return { kind: "drop", after };
  const close = given.get("close");
  return close === null ? undefined : { kind: "close", after, ...splitClose(close) };
}
