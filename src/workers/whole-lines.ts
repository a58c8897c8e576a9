const LINE_FEED = 10;

/** The most bytes that a pipe takes in one piece: PIPE_BUF of pipe(7). */
const PIPE_BYTES = 4096;

/**
 * Returns the first lines that one write brings into a pipe without bytes of other processes between
 * them. A single longer line is returned alone; a slow reader may see other bytes within it.
 *
 * @param bytes lines, each with its line feed
 */
export function wholeLines(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= PIPE_BYTES) return bytes;
  const last = bytes.subarray(0, PIPE_BYTES).lastIndexOf(LINE_FEED);
  const end = last === -1 ? bytes.indexOf(LINE_FEED, PIPE_BYTES) : last;
  return end === -1 ? bytes : bytes.subarray(0, end + 1);
}
