import type { Observation } from "./observation.ts";

/** How the access log is written. */
export type LogFormat = "text" | "json";

/** What turns observations, and the number of lines that had to be left out, into lines. */
export interface LineFormat {
  readonly request: (observation: Observation) => string;
  readonly dropped: (lines: number) => string;
}

/** By the names that `--log` takes. Every line ends in a line feed and is ASCII. */
export const LINE_FORMATS: Readonly<Record<LogFormat, LineFormat>> = {
  text: { request: formatText, dropped: (lines) => `# ${lines} lines dropped\n` },
  json: { request: formatJson, dropped: (dropped) => `${JSON.stringify({ dropped })}\n` },
};

/**
 * The combined log format of Apache and nginx, and the seconds after it.
 *
 * The format asks for a protocol: it is the answer's, which Bun 1.4.5 sends as HTTP/1.1 also to
 * HTTP/1.0; the request's it does not tell.
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
 * A client must not be able to end a field or a line, nor to steer the terminal of whoever reads
 * it, and not every reader takes UTF-8: so only printable ASCII stays as it is.
 */
function escapeText(text: string): string {
  return text.replace(/[^ !#-[\]-~]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/** `21/Nov/2026:07:28:00 +0000`: UTC, so that it is the same on every machine. */
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
  // JSON leaves DEL, the C1 controls and marks that turn the direction of text as they are.
  const ascii = line.replace(/[^\n -~]/g, (character) => `\\u${hex(character.charCodeAt(0), 4)}`);
  return `${ascii}\n`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
