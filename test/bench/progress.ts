/** Tells whoever waits where we are; stdout is for the result alone. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
