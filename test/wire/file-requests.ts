/**
 * Requests for a file and what they come to: sent by the tests of files and by those of the log.
 */

/** 2024-02-29 12:34:56.789 UTC; Last-Modified has whole seconds. */
export const MODIFIED = new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789));
export const LAST_MODIFIED = "Thu, 29 Feb 2024 12:34:56 GMT";
const SECOND_BEFORE = "Thu, 29 Feb 2024 12:34:55 GMT";
const SECOND_AFTER = "Thu, 29 Feb 2024 12:34:57 GMT";

/** Ranges as the client sends them, and the first and last byte of `size` that must come back. */
export function rangesOf(
  size: number,
): readonly (readonly [range: string, first: number, last: number])[] {
  return [
    ["bytes=0-0", 0, 0],
    ["bytes=5-9", 5, 9],
    ["bytes=5-", 5, size - 1],
    ["bytes=-1", size - 1, size - 1],
    ["bytes=-5", size - 5, size - 1],
    [`bytes=-${size + 10}`, 0, size - 1],
    [`bytes=0-${size + 10}`, 0, size - 1],
    [`bytes=${size - 1}-`, size - 1, size - 1],
    ["bytes=0-99999999999999999999999999", 0, size - 1],
    ["BYTES=1-2", 1, 2],
    ["bytes=1-2, 3-4", 1, 4],
    [`bytes=1-2,${size}-`, 1, 2],
  ];
}

/** Ranges that are 416. */
export function unsatisfiableRangesOf(size: number): readonly string[] {
  return [`bytes=${size}-`, "bytes=99999999999999999999-", "bytes=-0", `bytes=${size}-${size}`];
}

/** Ranges that are ignored. */
export const MALFORMED_RANGES = [
  "bytes=5-2",
  "bytes=",
  "bytes=-",
  "bytes=a-b",
  "items=0-1",
  "0-1",
  "bytes=0-1,x",
  // Bun takes these for ranges (Bun: range-recut).
  "bytes=1 -2",
  "bytes=1- 2",
  "bytes=1-\t2",
  "bytes =0-1",
  "bytes=- 5",
  "bytes=99999999 -",
];

/** `*` stands for the file's ETag. RFC 9110 §13.1, §13.2.2. */
export const CONDITIONS: readonly (readonly [fields: Record<string, string>, status: number])[] = [
  [{ "If-None-Match": "*tag" }, 304],
  [{ "If-None-Match": "W/*tag" }, 304],
  [{ "If-None-Match": '"x", *tag' }, 304],
  [{ "If-None-Match": "*" }, 304],
  [{ "If-None-Match": '"x"' }, 200],
  [{ "If-None-Match": "unquoted" }, 200],
  [{ "If-None-Match": '"x"', "If-Modified-Since": LAST_MODIFIED }, 200],
  [{ "If-Modified-Since": LAST_MODIFIED }, 304],
  [{ "If-Modified-Since": SECOND_AFTER }, 304],
  [{ "If-Modified-Since": SECOND_BEFORE }, 200],
  [{ "If-Modified-Since": "Thursday, 29-Feb-24 12:34:56 GMT" }, 304],
  [{ "If-Modified-Since": "Thu Feb 29 12:34:56 2024" }, 304],
  [{ "If-Modified-Since": "yesterday" }, 200],
  [{ "If-Match": "*tag" }, 200],
  [{ "If-Match": "*" }, 200],
  [{ "If-Match": '"x", *tag' }, 200],
  [{ "If-Match": "W/*tag" }, 412],
  [{ "If-Match": '"x"' }, 412],
  [{ "If-Match": "*tag", "If-Unmodified-Since": SECOND_BEFORE }, 200],
  [{ "If-Unmodified-Since": LAST_MODIFIED }, 200],
  [{ "If-Unmodified-Since": SECOND_BEFORE }, 412],
  [{ "If-Unmodified-Since": "yesterday" }, 200],
  [{ "If-Match": '"x"', "If-None-Match": "*tag" }, 412],
  [{ "If-Match": "*tag", "If-None-Match": "*tag" }, 304],
  [{ "If-None-Match": "*tag", Range: "bytes=0-0" }, 304],
  [{ "If-Match": "*tag", Range: "bytes=0-0" }, 206],
  [{ Range: "bytes=0-0", "If-Range": "*tag" }, 206],
  // Two versions may share a date (A3).
  [{ Range: "bytes=0-0", "If-Range": LAST_MODIFIED }, 200],
  [{ Range: "bytes=0-0", "If-Range": "W/*tag" }, 200],
  [{ Range: "bytes=0-0", "If-Range": '"x"' }, 200],
  [{ Range: "bytes=0-0", "If-Range": SECOND_BEFORE }, 200],
  [{ Range: "bytes=0-0", "If-Range": SECOND_AFTER }, 200],
  [{ Range: "bytes=0-0", "If-Range": "*" }, 200],
  [{ Range: "bytes=9999999999-", "If-Range": '"x"' }, 200],
  [{ "If-Range": '"x"' }, 200],
];

/** Puts the file's ETag into a row's fields. */
export function fillTag(fields: Record<string, string>, tag: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value.replace("*tag", tag)]),
  );
}
