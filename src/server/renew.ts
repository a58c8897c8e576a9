import { bindBeside } from "./bind.ts";
import type { Listeners } from "./listeners.ts";
import type { Place } from "../system/steering.ts";
import {
  takeOrLoadCredentials,
  type Credentials,
  type CredentialsOptions,
} from "./tls/credentials.ts";

/** The new credentials of a worker, and the place of its listeners among those of the port. */
export interface GivenCredentials {
  readonly credentials: Credentials;
  readonly place: Place;
}

/** The outcome of a renewal; `failed` carries one line that says why nothing was changed. */
export type Renewal =
  { readonly kind: "renewed" } | { readonly kind: "failed"; readonly message: string };

/** The outcome of a renewal in one process. */
export type OwnRenewal =
  /** `closed` resolves once the previous listeners accept no more connections. */
  | { readonly kind: "renewed"; readonly closed: Promise<void> }
  | Extract<Renewal, { readonly kind: "failed" }>;

/**
 * Replaces the listeners by others with new credentials, given or read from the files again.
 * If anything fails, the previous listeners stay.
 */
export function renew(
  options: CredentialsOptions,
  port: number,
  listeners: Listeners,
  given: GivenCredentials | undefined,
): OwnRenewal {
  if (listeners.isStopping) return { kind: "failed", message: "the server is stopping" };
  const { service } = listeners;
  const loaded = takeOrLoadCredentials(given, options, service.credentials);
  if (loaded.kind === "failed") return loaded;
  const next = { ...service, credentials: loaded.credentials };
  const bound = bindBeside(options.host, port, next);
  if (bound.kind === "failed") return bound;
  return { kind: "renewed", closed: listeners.replace(bound.servers, next, given?.place) };
}
