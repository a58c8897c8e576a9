const LINE_FEED = 10;

/** What a pipe takes in one piece, in bytes: PIPE_BUF of pipe(7). */
const PIPE_BYTES = 4096;

/**
 * The first of these lines that one write brings into a pipe with nothing of another process's
 * between them. A line that is longer by itself is alone, and cut only by a reader that is late.
 *
 * @param bytes lines, each with its line feed
 */
export function wholeLines(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= PIPE_BYTES) return bytes;
  const last = bytes.subarray(0, PIPE_BYTES).lastIndexOf(LINE_FEED);
  const end = last === -1 ? bytes.indexOf(LINE_FEED, PIPE_BYTES) : last;
  return end === -1 ? bytes : bytes.subarray(0, end + 1);
}
