import type { Config } from "../cli/config.ts";
import type { RunningFacts } from "../server/start.ts";
import type { MetricFamily } from "../observe/metrics.ts";
import type { Place } from "../system/steering.ts";
import type { Credentials } from "../server/tls/credentials.ts";

/** What the parent tells a worker. */
export type Order =
  /** To bind, to a port that is reserved, and to serve; once, and first of all. */
  | {
      readonly kind: "serve";
      readonly config: Config;
      readonly credentials: Credentials | undefined;
    }
  /** To show this from now on to who connects. */
  | { readonly kind: "renew"; readonly credentials: Credentials; readonly place: Place }
  /** To finish what is under way, and to end; with a place, to send new connections to others first. */
  | {
      readonly kind: "leave";
      readonly reason: Reason;
      /** How long its answers say that they are the last before it takes no more connections. */
      readonly lingerSeconds: number;
      readonly place: Place | undefined;
    }
  /** To let new connections come as the kernel likes: who left has closed its listeners. */
  | { readonly kind: "stop-steering" }
  /** To report what it has counted. */
  | { readonly kind: "count"; readonly id: number }
  /** What all have counted, as it asked. */
  | { readonly kind: "total"; readonly id: number; readonly families: readonly MetricFamily[] };

/** Why a worker leaves: the service ends, or another worker is there in its place. */
export type Reason = "end" | "replaced";

/** What a worker tells its parent. */
export type News =
  /** It waits for what to serve. */
  | { readonly kind: "ready" }
  | { readonly kind: "listening"; readonly facts: RunningFacts }
  /** It cannot serve, and ends; one line that names the flag, its value and the fix. */
  | { readonly kind: "failed"; readonly message: string }
  /** The listeners with the credentials before are closed; or why there are no others. */
  | { readonly kind: "renewed" }
  | { readonly kind: "not-renewed"; readonly message: string }
  /** Somebody wants it, and it alone, to end. */
  | { readonly kind: "asked-to-leave" }
  /** It takes no more connections. */
  | { readonly kind: "closed" }
  /** What it has counted, unasked if there is no id. */
  | {
      readonly kind: "counted";
      readonly id: number | undefined;
      readonly families: readonly MetricFamily[];
    }
  /** It wants to know what all have counted. */
  | { readonly kind: "asks-total"; readonly id: number };
