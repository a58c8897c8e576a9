import { resolve } from "node:path";

const PROJECT = resolve(import.meta.dir, "../..");

/** Builds the binary as the README does, to a path of its own. */
export function buildBinary(path: string): void {
  const command = [process.execPath, "run", "build", `--outfile=${path}`];
  const { exitCode, stderr } = Bun.spawnSync(command, { cwd: PROJECT });
  if (exitCode !== 0) throw new Error(`the build failed: ${stderr.toString()}`);
}

/** Tells whether this process may make namespaces and mount in them. */
export function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const command = ["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "x", "/mnt"];
  return Bun.spawnSync(command).exitCode === 0;
}
