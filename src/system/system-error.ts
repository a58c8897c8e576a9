/**
 * The meaning of a failed system call for a request: the file is `missing`, reading is `forbidden`,
 * the machine is `exhausted` for now, or something is `broken`.
 */
export type Failure = "missing" | "forbidden" | "exhausted" | "broken";

const FAILURES: Readonly<Record<string, Failure>> = {
  ENOENT: "missing",
  ENOTDIR: "missing",
  // A loop of links, a name that no file can have, a socket: there is nothing to serve.
  ELOOP: "missing",
  ENAMETOOLONG: "missing",
  ENXIO: "missing",
  EACCES: "forbidden",
  EPERM: "forbidden",
  EMFILE: "exhausted",
  ENFILE: "exhausted",
};

/** Classifies a thrown value; anything but a known system error is `broken`. */
export function classifyFailure(error: unknown): Failure {
  return FAILURES[codeOf(error) ?? ""] ?? "broken";
}

/** Returns the `code` of a system error, or `undefined` for any other value. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** Makes an error in the form of the file system's, for failures that only we can detect. */
export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
