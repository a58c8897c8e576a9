/** Prints a line of progress to stderr, as stdout is only for the result. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
