import type { Case } from "./cases.ts";
import type { Fields } from "./fields.ts";
import type { LoadResult } from "./load.ts";

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headBytes: number;
  /** Without the lengths of chunks. */
  readonly bodyBytes: number;
  /** The head as it came. */
  readonly head: string;
}

/** A request that was answered as its case wants, and the length of that answer. */
export interface Rehearsal {
  /** The fields to send, with the validator if the case is conditional. */
  readonly fields: Fields;
  readonly answerBytes: number;
}

/**
 * Sends the request of a case once.
 *
 * @throws if the answer does not fit the case
 */
export async function rehearse(port: number, subject: Case, set: Fields): Promise<Rehearsal> {
  const { path, status, bodyBytes, isConditional = false } = subject;
  const usual = { ...set, ...subject.fields };
  const condition = isConditional ? conditionOf(await ask(port, path, usual)) : {};
  const fields = { ...usual, ...condition };
  const answer = await ask(port, path, fields);
  if (answer.status !== status || answer.bodyBytes !== (bodyBytes ?? answer.bodyBytes)) {
    throw new Error(`answers with ${answer.status} and ${answer.bodyBytes} bytes`);
  }
  return { fields, answerBytes: answer.headBytes + answer.bodyBytes };
}

/** Makes a request conditional by the ETag of an answer or, without one, by its date. */
export function conditionOf({ head }: Pick<Answer, "head">): Fields {
  const [, etag] = /^etag: *(.+)\r$/im.exec(head) ?? [];
  if (etag !== undefined) return { "If-None-Match": etag };
  const [, date] = /^last-modified: *(.+)\r$/im.exec(head) ?? [];
  if (date !== undefined) return { "If-Modified-Since": date };
  throw new Error("has no validator");
}

async function ask(port: number, path: string, fields: Fields): Promise<Answer> {
  // curl sends these two by itself, unless they are given.
  const sent = Object.entries({ "User-Agent": "", Accept: "", ...fields });
  const headers = sent.flatMap(([name, value]) => ["-H", `${name}:${value && ` ${value}`}`]);
  const shape = ["-s", "-m", "30", "-o", "/dev/null", "-D", "-"];
  const format = "%{http_code} %{size_header} %{size_download}"; // in a line behind the head
  const url = `http://127.0.0.1:${port}${path}`;
  const curl = Bun.spawn(["curl", ...shape, "-w", format, ...headers, url], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const head = await curl.stdout.text();
  const counts = head.slice(head.lastIndexOf("\n") + 1);
  const [status = 0, headBytes = 0, bodyBytes = 0] = counts.split(" ").map(Number);
  return { status, headBytes, bodyBytes, head };
}

/** The difference in length, as a share, that answers to one request may have: chunks, cookies. */
const TOLERANCE = 0.02;

/**
 * Tells what is wrong with the answers of a load; `undefined` if they are like the rehearsed one.
 *
 * The bytes may be those of some more answers, one for each connection, which were not complete.
 */
export function complaintAbout(
  result: LoadResult,
  subject: Case,
  answerBytes: number,
): string | undefined {
  const { answers, bytes, refusals, failures } = result;
  if (failures > 0) return `${failures} connections failed`;
  if (answers === 0) return "no answer";
  const wanted = subject.status >= 400 ? answers : 0;
  if (refusals !== wanted) return `${refusals} of ${answers} answers have a status of 400 or more`;
  const least = answers * answerBytes * (1 - TOLERANCE);
  const most = (answers + subject.connections) * answerBytes * (1 + TOLERANCE);
  if (bytes >= least && bytes <= most) return undefined;
  return `${answers} answers of ${answerBytes} bytes have ${bytes} bytes`;
}
