import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TlsConfig } from "../../src/cli/config.ts";
import { makeOwnCertificate } from "../../src/server/tls/own-certificate.ts";

/**
 * The transport between these helpers and the server: plain, TLS, or HTTP/2, which uses TLS too. Raw
 * bytes stay HTTP/1.1, which any client of a TLS port may speak.
 */
export type Transport = "plain" | "tls" | "http2";

/** Names the transport in the environment of a run of tests; see `test/wire/transports.test.ts`. */
export const TRANSPORT_VARIABLE = "MEERKAT_TEST_TRANSPORT";

function readTransport(): Transport {
  const name = process.env[TRANSPORT_VARIABLE] ?? "plain";
  if (name === "plain" || name === "tls" || name === "http2") return name;
  throw new Error(`${TRANSPORT_VARIABLE}=${name}: it is plain, tls or http2`);
}

/** The transport of this run. */
export const TRANSPORT: Transport = readTransport();

const IS_PLAIN = TRANSPORT === "plain";

/** The TLS settings of a server for the transport of this run. */
export const TRANSPORT_TLS: TlsConfig = IS_PLAIN
  ? { kind: "off" }
  : { kind: "own", ca: undefined, http2: TRANSPORT === "http2" };

/** The same settings as arguments of a command line. */
export const TRANSPORT_ARGS: readonly string[] = {
  plain: [],
  tls: ["--tls", "--no-http2"],
  http2: ["--tls"],
}[TRANSPORT];

/** The schemes of the server's URLs. */
export const SCHEME = IS_PLAIN ? "http" : "https";
export const WEBSOCKET_SCHEME = IS_PLAIN ? "ws" : "wss";

/** The certificate and the key of other servers in this run: a page over TLS may connect to nothing plain. */
export const TRANSPORT_PAIR = IS_PLAIN
  ? undefined
  : makeOwnCertificate({ hosts: [], nowMs: Date.now() });

/** Accepts any certificate, as it does not matter in the tests that run over all transports. */
export const ANY_CERTIFICATE = { rejectUnauthorized: false } as const;

/** A port on loopback, or the path of a Unix socket. */
export type Place = number | string;

/** Connects to a server of this machine. */
export function connectTo(port: Place, options: { readonly allowHalfOpen?: boolean } = {}): Socket {
  if (typeof port === "string") return connectPlain({ path: port, ...options });
  const address = { port, host: "127.0.0.1", ...options };
  return IS_PLAIN ? connectPlain(address) : connectTls({ ...address, ...ANY_CERTIFICATE });
}

/** Connects over TLS, whatever the transport of this run is. */
export function connectSecurely(port: number): Socket {
  return connectTls({ port, host: "127.0.0.1", ...ANY_CERTIFICATE });
}
