/**
 * Installs packages into a directory with npm, outside this project.
 *
 * @returns whether they are there; not without Node and npm, or without a network
 */
export async function installPackages(
  directory: string,
  packages: readonly string[],
): Promise<boolean> {
  if (Bun.which("node") === null || Bun.which("npm") === null) return false;
  const install = ["npm", "install", "--prefix", directory, "--no-audit", "--no-fund"];
  return (await outputOf([...install, ...packages], directory)) !== undefined;
}

/** Runs a command and returns its output; `undefined` if it fails. */
export async function outputOf(
  command: readonly string[],
  cwd?: string,
): Promise<string | undefined> {
  const child = Bun.spawn([...command], {
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const output = await child.stdout.text();
  return (await child.exited) === 0 ? output : undefined;
}
