import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { codeOf } from "./system-error.ts";

/**
 * Makes room for a Unix socket by removing one that a killed program left behind. Any other file, and a
 * socket that somebody listens on, stays.
 *
 * @returns why the path is not free, and what to do about it; `undefined` if it is free
 */
export async function clearSocketPath(path: string): Promise<string | undefined> {
  const kind = kindOf(path);
  if (kind === "nothing") return undefined;
  // A file would refuse a connection just like a socket without a listener.
  if (kind === "file") return "the path exists and is not a socket; name another";
  const code = await knock(path);
  switch (code) {
    case "ECONNREFUSED":
      return remove(path);
    case "ENOENT":
      return undefined;
    case "ECONNRESET":
    case undefined:
      return "another program listens there; stop it or name another path";
    default:
      return `the path is a socket that cannot be checked (${code}); name another`;
  }
}

function remove(path: string): string | undefined {
  try {
    unlinkSync(path);
    return undefined;
  } catch {
    // If it has vanished meanwhile, all is well; if another file took its place, binding reports that.
    return kindOf(path) === "socket"
      ? "a killed server left it and it cannot be removed; name another path"
      : undefined;
  }
}

function kindOf(path: string): "nothing" | "socket" | "file" {
  try {
    return lstatSync(path).isSocket() ? "socket" : "file";
  } catch {
    return "nothing"; // or nothing that can be read, which binding reports
  }
}

/** Tries to connect; resolves with the code of the error, or `undefined` if somebody listens. */
function knock(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error) => resolve(codeOf(error) ?? "unknown"));
  });
}
