import { join } from "node:path";
import { OTHER_SERVERS } from "./other-servers.ts";
import { startPeer, type Peer } from "./peer.ts";
import { progress } from "./progress.ts";
import type { Site } from "./site.ts";

/** Starts a Bun server of static `Response`s, which shows Bun's best, as it runs no code of ours. */
export function startStatic({ files }: Site): Promise<Peer> {
  const script = join(import.meta.dir, "static-server.ts");
  return startPeer("static", [process.execPath, "run", script, files]);
}

/** Starts the least handler, which answers like Meerkat. */
export function startLeast({ port }: Peer): Promise<Peer> {
  const script = join(import.meta.dir, "least-server.ts");
  return startPeer("least", [process.execPath, "run", script, String(port)]);
}

/**
 * Starts other servers by their names, and says which of them cannot be had.
 *
 * @param stack takes the servers
 */
export async function startOthers(
  names: readonly string[],
  site: Site,
  stack: AsyncDisposableStack,
): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const { name, start } of OTHER_SERVERS.filter((each) => names.includes(each.name))) {
    const peer = await start(site).catch((error: unknown) => {
      progress(String(error));
      return undefined;
    });
    if (peer === undefined) progress(`${name} cannot be had: it is left out`);
    else peers.push(stack.use(peer));
  }
  return peers;
}
