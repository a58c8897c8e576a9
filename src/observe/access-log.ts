import type { Observation } from "./observation.ts";

/** The formats of the access log. */
export type LogFormat = "text" | "json";

/** Formats the lines of an access log: one for each request, and one for the number of dropped lines. */
export interface LineFormat {
  readonly request: (observation: Observation) => string;
  readonly dropped: (lines: number) => string;
}

/** The line formats by their names in `--log`. Every line is ASCII and ends with a line feed. */
export const LINE_FORMATS: Readonly<Record<LogFormat, LineFormat>> = {
  text: { request: formatText, dropped: (lines) => `# ${lines} lines dropped\n` },
  json: { request: formatJson, dropped: (dropped) => `${JSON.stringify({ dropped })}\n` },
};

/**
 * Formats a request in the combined log format of Apache and nginx, followed by the seconds.
 *
 * The protocol is that of the answer, as Bun does not tell the request's (Bun: answers-in-http-11).
 */
function formatText(observation: Observation): string {
  const { address, timeMs, method, target, status, bytes, seconds } = observation;
  const request = `${method} ${escapeText(target)} HTTP/1.1`;
  const client = `${quote(observation.referrer)} ${quote(observation.agent)}`;
  return `${address} - - [${formatTime(timeMs)}] "${request}" ${status} ${bytes} ${client} ${seconds.toFixed(6)}\n`;
}

function quote(field: string | undefined): string {
  return field === undefined || field === "" ? '"-"' : `"${escapeText(field)}"`;
}

/**
 * Escapes all but printable ASCII: a client must not be able to end a field or a line, nor to steer the
 * terminal of a reader, and not every reader understands UTF-8.
 */
function escapeText(text: string): string {
  return text.replace(/[^ !#-[\]-~]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/** Formats a time as `21/Nov/2026:07:28:00 +0000`, in UTC on every machine. */
function formatTime(timeMs: number): string {
  const [, day, month, year, clock] = new Date(timeMs).toUTCString().split(" ");
  return `${day}/${month}/${year}:${clock} +0000`;
}

function formatJson(observation: Observation): string {
  const { timeMs, address, method, target, status, bytes, seconds, referrer, agent } = observation;
  const line = JSON.stringify({
    time: new Date(timeMs).toISOString(),
    address,
    method,
    target,
    status,
    bytes,
    seconds: Number(seconds.toFixed(6)),
    referrer,
    agent,
  });
  // JSON.stringify does not escape DEL, the C1 controls and the marks that reverse text.
  const ascii = line.replace(/[^\n -~]/g, (character) => `\\u${hex(character.charCodeAt(0), 4)}`);
  return `${ascii}\n`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
