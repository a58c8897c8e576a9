import type { Config } from "../cli/config.ts";
import type { RunningFacts } from "../server/start.ts";
import type { MetricFamily } from "../observe/metrics.ts";
import type { Place } from "../system/steering.ts";
import type { Credentials } from "../server/tls/credentials.ts";

/** A message from the parent to a worker. */
export type Instruction =
  /** Listen on the reserved port and serve; the first instruction, sent once. */
  | {
      readonly kind: "serve";
      readonly config: Config;
      readonly credentials: Credentials | undefined;
    }
  /** Use these credentials for new connections. */
  | { readonly kind: "renew"; readonly credentials: Credentials; readonly place: Place }
  /** Finish the requests under way and end; with a place, steer new connections to others first. */
  | {
      readonly kind: "leave";
      readonly reason: LeaveReason;
      /** How long each answer is the last of its connection, before the listeners close. */
      readonly lingerSeconds: number;
      readonly place: Place | undefined;
    }
  /** Steer new connections away from a worker that does not answer. */
  | { readonly kind: "steer"; readonly place: Place }
  /** Let the kernel distribute new connections to all workers again. */
  | { readonly kind: "stop-steering" }
  /** Report the counts so far. */
  | { readonly kind: "count"; readonly id: number }
  /** Give a sign of life. */
  | { readonly kind: "ping" }
  /** The counts of all workers, in answer to `asks-total`. */
  | { readonly kind: "total"; readonly id: number; readonly families: readonly MetricFamily[] };

/** Why a worker leaves: the service ends, or another worker has taken its place. */
export type LeaveReason = "end" | "replaced";

/** A message from a worker to its parent. */
export type News =
  /** The worker waits for the instruction to serve. */
  | { readonly kind: "ready" }
  /** The worker is alive. */
  | { readonly kind: "alive" }
  | { readonly kind: "listening"; readonly facts: RunningFacts }
  /** The worker cannot serve and ends; one line that names the flag, its value and the fix. */
  | { readonly kind: "failed"; readonly message: string }
  /** The listeners with the previous credentials are closed. */
  | { readonly kind: "renewed" }
  /** The previous listeners go on, for the reason in the message. */
  | { readonly kind: "not-renewed"; readonly message: string }
  /** The worker has got a signal to end, and its parent has not. */
  | { readonly kind: "asked-to-leave" }
  /** The worker accepts no more connections. */
  | { readonly kind: "closed" }
  /** The worker's counts, in answer to `count` or, without an id, on its own. */
  | {
      readonly kind: "counted";
      readonly id: number | undefined;
      readonly families: readonly MetricFamily[];
    }
  /** The worker asks for the counts of all workers. */
  | { readonly kind: "asks-total"; readonly id: number };
