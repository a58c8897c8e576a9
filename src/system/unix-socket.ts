import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { codeOf } from "./system-error.ts";

/**
 * Makes room for a Unix socket: where one lies that nobody listens on, left behind by a program that
 * was killed, it is removed; anything else stays.
 *
 * @returns why there is no room, and what to do about it; `undefined` if there is
 */
export async function clearSocketPath(path: string): Promise<string | undefined> {
  const kind = kindOf(path);
  if (kind === "nothing") return undefined;
  // A file would refuse a connection just as a socket does that nobody listens on.
  if (kind === "file") return "there is a file by this name, and it is no socket; name another";
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
      return `there is a socket by this name, and who has it cannot be asked (${code}); name another`;
  }
}

function remove(path: string): string | undefined {
  try {
    unlinkSync(path);
    return undefined;
  } catch {
    // Gone meanwhile is what we want, and of anything else that took its place binding says more.
    return kindOf(path) === "socket"
      ? "a killed server left it and it may not be removed; name another path"
      : undefined;
  }
}

function kindOf(path: string): "nothing" | "socket" | "file" {
  try {
    return lstatSync(path).isSocket() ? "socket" : "file";
  } catch {
    return "nothing"; // or nothing that can be looked at, of which binding says more
  }
}

/** Connects, and resolves with the code of what went wrong, or with `undefined` if somebody answers. */
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
