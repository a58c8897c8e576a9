/** The properties of the machine that the number of workers depends on. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The number of threads that can run at the same time. */
  readonly cores: number;
}

/** The number of processes; `one` means no workers, with a notice if more were asked for. */
export type WorkerCount =
  | { readonly kind: "one"; readonly notice: string | undefined }
  | { readonly kind: "several"; readonly count: number };

/** The notice for workers that were asked for on a system that cannot have them. */
export const ONE_PROCESS =
  "Running one process without workers: this system does not distribute a port's connections.";

/** Decides how many processes serve requests. */
export function countWorkers(wanted: number | "auto", { platform, cores }: Machine): WorkerCount {
  const count = wanted === "auto" ? cores : wanted;
  if (count < 2) return { kind: "one", notice: undefined };
  // macOS and the BSDs have SO_REUSEPORT too, but give every connection to the same process.
  return platform === "linux" ? { kind: "several", count } : { kind: "one", notice: ONE_PROCESS };
}
