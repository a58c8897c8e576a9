import { bindBeside } from "./bind.ts";
import type { Listeners } from "./listeners.ts";
import type { Place } from "../system/steering.ts";
import {
  loadCredentials,
  type Credentials,
  type CredentialsOptions,
  type CredentialsResult,
} from "./tls/credentials.ts";

/** What a worker is to show from now on, and where its listeners stand among those of its port. */
export interface RenewalOrder {
  readonly credentials: Credentials;
  readonly place: Place;
}

/** The outcome of a renewal; `failed` carries one line that says why everything stays as it is. */
export type Renewal =
  { readonly kind: "renewed" } | { readonly kind: "failed"; readonly message: string };

/** The same of one process. */
export type OwnRenewal =
  /** `closed` settles when the listeners before take no more connections. */
  | { readonly kind: "renewed"; readonly closed: Promise<void> }
  | Extract<Renewal, { readonly kind: "failed" }>;

/**
 * Binds others to the port, with what the files of TLS hold now or what is ordered, and lets those
 * before go. Whatever goes wrong, they stay.
 */
export function renew(
  options: CredentialsOptions,
  port: number,
  listeners: Listeners,
  order: RenewalOrder | undefined,
): OwnRenewal {
  if (listeners.isStopping) return { kind: "failed", message: "it is stopping" };
  const { service } = listeners;
  const loaded = credentialsFor(options, service.credentials, order);
  if (loaded.kind === "failed") return loaded;
  const next = { ...service, credentials: loaded.credentials };
  const bound = bindBeside(options.host, port, next);
  if (bound.kind === "failed") return bound;
  return { kind: "renewed", closed: listeners.replace(bound.servers, next, order?.place) };
}

function credentialsFor(
  options: CredentialsOptions,
  before: Credentials | undefined,
  order: RenewalOrder | undefined,
): CredentialsResult {
  return order === undefined
    ? loadCredentials(options, before)
    : { kind: "loaded", credentials: order.credentials };
}
