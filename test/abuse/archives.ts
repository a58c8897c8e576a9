import { connect } from "node:net";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { formatRequest } from "../helpers/raw-http.ts";
import type { Tree } from "../helpers/tree.ts";
import type { Attack } from "./attack.ts";

const LEVELS = 2300;
const UPPER = `top${"/d".repeat(LEVELS / 2)}`;
const LAST_NAME = "the-last-file.txt";

function fill(tree: Tree): void {
  const lower = `lower${"/d".repeat(LEVELS / 2)}`;
  for (const path of [UPPER, lower]) mkdirSync(tree.at(path), { recursive: true });
  writeFileSync(tree.at(`${lower}/${LAST_NAME}`), "far down");
  // In two parts, as no path may be so long.
  renameSync(tree.at("lower"), tree.at(`${UPPER}/lower`));
}

/** Takes an archive; tells whether it looked complete, and whether it had the last file. */
function download(port: number): Promise<{ isEnded: boolean; isWhole: boolean }> {
  const { promise, resolve } = Promise.withResolvers<{ isEnded: boolean; isWhole: boolean }>();
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (data) => {
    chunks.push(data as Buffer); // bytes, as no encoding is set
    if (chunks.at(-1)?.subarray(-5).toString("latin1") === "0\r\n\r\n") socket.destroy();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    const received = Buffer.concat(chunks);
    const isEnded = received.subarray(-5).toString("latin1") === "0\r\n\r\n";
    resolve({ isEnded, isWhole: received.includes(LAST_NAME) });
  });
  socket.write(formatRequest("GET", "/?archive=tar"));
  return promise;
}

/** Everything that makes the server walk a tree. */
export const ARCHIVE_ATTACKS: readonly Attack[] = [
  {
    row: "D8",
    name: "an archive of 2,300 levels",
    fill,
    run: async ({ port, tree }) => {
      const { isEnded, isWhole } = await download(port);
      // Bun 1.4.5 takes ten seconds to remove such a tree.
      await Bun.spawn(["rm", "-rf", tree.at("top")]).exited;
      const seen = isWhole ? "whole" : isEnded ? "ended without its last file" : "broken off";
      return { seen, isKept: isWhole || !isEnded };
    },
  },
];
