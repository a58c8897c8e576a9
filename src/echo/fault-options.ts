/** How the echo is to behave for a client that wants to be tested. */
export interface FaultOptions {
  /** How long each echo is held back, in milliseconds. */
  readonly delayMs: number;
  /** Up to how much longer, at random, in milliseconds. The order is kept. */
  readonly jitterMs: number;
  /** How the server ends the connection by itself, if it does. */
  readonly ending: Ending | undefined;
  /** What the server says first. */
  readonly greeting: string | undefined;
  /** How often the server sends a numbered tick, in milliseconds. */
  readonly everyMs: number | undefined;
}

/** `after` counts echoes: 0 is at once. A drop has no Close frame, as when a network fails. */
export type Ending =
  | {
      readonly kind: "close";
      readonly after: number;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly kind: "drop"; readonly after: number };

/** `invalid` names the parameter and says what it may be. */
export type FaultsResult =
  | { readonly kind: "plain" }
  | { readonly kind: "faults"; readonly options: FaultOptions }
  | { readonly kind: "invalid"; readonly message: string };

/** Longer than any client's patience, and short enough to see a forgotten one end. */
const MAX_DELAY_MS = 60_000;

/** An hour: what is said more seldom than that is not a tick. */
const MAX_TICK_MS = 3_600_000;

const MAX_AFTER = 1_000_000_000;

/** RFC 6455 §5.5: a control frame has 125 bytes, two of which are the code. */
const MAX_REASON_BYTES = 123;

interface Parameter {
  /** What it has to be, if the text is not that. */
  readonly advise: (text: string) => string | undefined;
}

const PARAMETERS: ReadonlyMap<string, Parameter> = new Map(
  Object.entries({
    delay: { advise: (text) => adviseWhole(text, 0, MAX_DELAY_MS, "milliseconds") },
    jitter: { advise: (text) => adviseWhole(text, 0, MAX_DELAY_MS, "milliseconds") },
    close: { advise: adviseClose },
    after: { advise: (text) => adviseWhole(text, 0, MAX_AFTER, "messages") },
    drop: { advise: (text) => (/^(?:|1|true)$/.test(text) ? undefined : "give it no value") },
    greet: { advise: (text) => (text === "" ? "give the text to be greeted with" : undefined) },
    every: { advise: (text) => adviseWhole(text, 1, MAX_TICK_MS, "milliseconds") },
  } satisfies Record<string, Parameter>),
);

/**
 * Reads what a WebSocket's URL asks the echo to act out. Parameters that are not ours are left to
 * whoever put them there.
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
  const advice = PARAMETERS.get(name)?.advise(text);
  return advice === undefined ? undefined : `The parameter ${name}: ${advice}.`;
}

function complainTogether(given: URLSearchParams): string | undefined {
  const isEnding = given.has("close") || given.has("drop");
  if (given.has("after") && !isEnding) return "The parameter after: it goes with close or drop.";
  if (given.has("close") && given.has("drop")) {
    return "The parameters close and drop: give one of them, as a connection ends once.";
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

/** RFC 6455 §7.4 and IANA's registry: 1004 to 1006 and 1015 never stand in a frame. */
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
