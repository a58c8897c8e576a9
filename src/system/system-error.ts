/**
 * What a failed system call means for the request that needed it: nothing is `missing` that can be
 * served, reading is `forbidden`, the machine is `exhausted` for now, or something is `broken`.
 */
export type Failure = "missing" | "forbidden" | "exhausted" | "broken";

const FAILURES: Readonly<Record<string, Failure>> = {
  ENOENT: "missing",
  ENOTDIR: "missing",
  // A loop of links, a name no file can have, a socket: there is nothing to serve.
  ELOOP: "missing",
  ENAMETOOLONG: "missing",
  ENXIO: "missing",
  EACCES: "forbidden",
  EPERM: "forbidden",
  EMFILE: "exhausted",
  ENFILE: "exhausted",
};

/** Classifies whatever was thrown; anything but a known system error is `broken`. */
export function classifyFailure(error: unknown): Failure {
  return FAILURES[codeOf(error) ?? ""] ?? "broken";
}

/** The `code` of a system error, `undefined` for anything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** An error as the file system throws it, for what only we can find wrong. */
export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
