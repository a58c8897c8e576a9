/** What the number of workers depends on. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** How many threads can run at a time. */
  readonly cores: number;
}

/** How many there will be; `one` is the server by itself, and says why if more were asked for. */
export type WorkerCount =
  | { readonly kind: "one"; readonly notice: string | undefined }
  | { readonly kind: "several"; readonly count: number };

/** What is said where one process has to do. */
export const ONE_PROCESS =
  "One process, without workers: this system does not share a port's connections among several.";

/** Decides how many processes are to answer. */
export function countWorkers(wanted: number | "auto", { platform, cores }: Machine): WorkerCount {
  const count = wanted === "auto" ? cores : wanted;
  if (count < 2) return { kind: "one", notice: undefined };
  // macOS and the BSDs have the option as well, but give every connection to one of them.
  return platform === "linux" ? { kind: "several", count } : { kind: "one", notice: ONE_PROCESS };
}
