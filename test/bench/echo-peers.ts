import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { installPackages, outputOf } from "./npm.ts";
import { startPeer, type Peer } from "./peer.ts";

/** The package `ws`, and its optional native part, which makes it faster. */
const PACKAGES = ["ws@8", "bufferutil@4"];

const SCRIPT = "ws-echo.mjs";

/** An installation of Node's `ws` outside this project. */
export interface Ws {
  readonly directory: string;
  /** The versions, such as `ws 8.21.0 on Node 24.11.0`. */
  readonly title: string;
}

/** Installs `ws` into an empty directory with npm; `undefined` if it or Node is not available. */
export async function installWs(directory: string): Promise<Ws | undefined> {
  if (!(await installPackages(directory, PACKAGES))) return undefined;
  const print = `process.stdout.write(require("ws/package.json").version + " on Node " + process.versions.node)`;
  const versions = await outputOf(["node", "-e", print], directory);
  if (versions === undefined) return undefined;
  copyFileSync(join(import.meta.dir, SCRIPT), join(directory, SCRIPT));
  return { directory, title: `ws ${versions}` };
}

/** Starts an echo on Node's `ws`. */
export function startWs({ directory }: Ws, args: readonly string[] = []): Promise<Peer> {
  return startPeer("ws", ["node", join(directory, SCRIPT), ...args], directory);
}

/** Starts the barest echo on Bun. */
export function startBareEcho(): Promise<Peer> {
  const script = join(import.meta.dir, "bun-echo.ts");
  return startPeer("bare", [process.execPath, "run", script]);
}
