import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isIP } from "node:net";
import type { TlsConfig } from "../../cli/config.ts";
import { isLocalhostName, isWildcardAddress } from "../../http/host.ts";
import { listInterfaces } from "../../system/network-interfaces.ts";
import { classifyFailure } from "../../system/system-error.ts";
import { makeOwnCertificate } from "./own-certificate.ts";
import { checkAuthorities, checkPair, type Pair } from "./pair.ts";
import { decodePem } from "./pem.ts";

/** The settings that credentials are loaded or made from. */
export interface CredentialsOptions {
  readonly tls: TlsConfig;
  /** The host that the server listens on, which a certificate made for this run names. */
  readonly host: string;
  /** Other names of the server. */
  readonly allowHosts: readonly string[];
}

/** The certificate and key of the server, and the authorities of client certificates, in PEM. */
export interface Credentials extends Pair {
  /** The authorities of client certificates; `undefined` if clients need none. */
  readonly ca: string | undefined;
  /** SHA-256 of the server's certificate, in the form of `openssl x509 -fingerprint`. */
  readonly fingerprint: string;
  /** The certificate was made for this run, so no authority vouches for it. */
  readonly isOwn: boolean;
}

/** The outcome of loading; `failed` carries one line that names the flag, the file and the fix. */
export type CredentialsResult =
  /** `undefined` without TLS. */
  | { readonly kind: "loaded"; readonly credentials: Credentials | undefined }
  | { readonly kind: "failed"; readonly message: string };

type Read =
  | { readonly kind: "read"; readonly text: string }
  | { readonly kind: "failed"; readonly message: string };

/** Tells whether TLS uses files that can be read again. */
export function hasFilesToRenew(tls: TlsConfig): boolean {
  return tls.kind === "files" || (tls.kind === "own" && tls.ca !== undefined);
}

/**
 * Loads the credentials of TLS from files, or makes a certificate for this run.
 *
 * @param before the credentials in use until now: a certificate that was made for this run stays
 */
export function loadCredentials(
  options: CredentialsOptions,
  before?: Credentials,
): CredentialsResult {
  const { tls } = options;
  if (tls.kind === "off") return { kind: "loaded", credentials: undefined };
  const ca = readAuthorities(tls.ca);
  if (ca?.kind === "failed") return ca;
  switch (tls.kind) {
    case "own":
      return { kind: "loaded", credentials: { ...(before ?? makeOwn(options)), ca: ca?.text } };
    case "files":
      return loadFiles(tls, ca?.text);
    default:
      return tls satisfies never;
  }
}

/**
 * Takes the credentials that were given, such as those of a worker's parent, or else loads them.
 *
 * @param before the credentials in use until now, as for `loadCredentials`
 */
export function takeOrLoadCredentials(
  given: { readonly credentials: Credentials | undefined } | undefined,
  options: CredentialsOptions,
  before?: Credentials,
): CredentialsResult {
  return given === undefined
    ? loadCredentials(options, before)
    : { kind: "loaded", credentials: given.credentials };
}

function makeOwn(options: CredentialsOptions): Omit<Credentials, "ca"> {
  const nowMs = Date.now();
  const pair = makeOwnCertificate({ hosts: hostsOf(options), nowMs });
  const verdict = checkPair(pair, nowMs);
  if (verdict.kind === "bad") throw new Error(`our own ${verdict.culprit}: ${verdict.fault}`);
  return { ...pair, fingerprint: verdict.fingerprint, isOwn: true };
}

/** Lists the names and addresses of this server besides those of loopback. */
function hostsOf({ host, allowHosts }: CredentialsOptions): string[] {
  const names = [...allowHosts, hostname(), host].filter(
    (name) => name !== "*" && !isWildcardAddress(name),
  );
  const isOneAddress = isLocalhostName(host) || (isIP(host) !== 0 && !isWildcardAddress(host));
  return isOneAddress ? names : [...names, ...addressesOfThisMachine()];
}

function addressesOfThisMachine(): string[] {
  return Object.values(listInterfaces()).flatMap((of) => of?.map(({ address }) => address) ?? []);
}

function loadFiles(
  { cert, key }: TlsConfig & { readonly kind: "files" },
  ca: string | undefined,
): CredentialsResult {
  const certificate = read("--cert", cert);
  if (certificate.kind === "failed") return certificate;
  const privateKey = read("--key", key);
  if (privateKey.kind === "failed") return privateKey;
  const pair = { cert: certificate.text, key: privateKey.text };
  const verdict = checkPair(pair, Date.now());
  if (verdict.kind === "bad") {
    const source = verdict.culprit === "cert" ? `--cert ${cert}` : `--key ${key}`;
    return { kind: "failed", message: `${source}: ${verdict.fault}` };
  }
  const { pair: checked, fingerprint } = verdict;
  return { kind: "loaded", credentials: { ...checked, ca, fingerprint, isOwn: false } };
}

function readAuthorities(path: string | undefined): Read | undefined {
  if (path === undefined) return undefined;
  const result = read("--ca", path);
  if (result.kind === "failed") return result;
  const verdict = checkAuthorities(result.text);
  return verdict.kind === "good"
    ? { kind: "read", text: verdict.pem }
    : { kind: "failed", message: `--ca ${path}: ${verdict.fault}` };
}

function read(flag: string, path: string): Read {
  try {
    return { kind: "read", text: decodePem(readFileSync(path)) };
  } catch (error) {
    const reason = {
      missing: "there is no such file; name one that exists",
      forbidden: "permission denied; change its permissions or name another",
      exhausted: "the system is out of file descriptors; close some programs",
      broken: `it cannot be read (${String(error)}); name a file`,
    }[classifyFailure(error)];
    return { kind: "failed", message: `${flag} ${path}: ${reason}` };
  }
}
