import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TlsConfig } from "../../src/cli/config.ts";

/**
 * How these helpers talk to the server: in the clear, over TLS, or over HTTP/2, which is over TLS
 * too. Raw bytes stay HTTP/1.1, as any client of a TLS port may speak it.
 */
export type Transport = "plain" | "tls" | "http2";

/** Names the transport in the environment of a run of tests; see `test/wire/transports.test.ts`. */
export const TRANSPORT_VARIABLE = "MEERKAT_TEST_TRANSPORT";

function readTransport(): Transport {
  const name = process.env[TRANSPORT_VARIABLE] ?? "plain";
  if (name === "plain" || name === "tls" || name === "http2") return name;
  throw new Error(`${TRANSPORT_VARIABLE}=${name}: it is plain, tls or http2`);
}

/** That of this run. */
export const TRANSPORT: Transport = readTransport();

const IS_PLAIN = TRANSPORT === "plain";

/** What a server is started with so that it speaks the transport. */
export const TRANSPORT_TLS: TlsConfig = IS_PLAIN
  ? { kind: "off" }
  : { kind: "own", ca: undefined, http2: TRANSPORT === "http2" };

/** The same on a command line. */
export const TRANSPORT_ARGS: readonly string[] = {
  plain: [],
  tls: ["--tls", "--no-http2"],
  http2: ["--tls"],
}[TRANSPORT];

/** The scheme of the server's URLs. */
export const SCHEME = IS_PLAIN ? "http" : "https";

/** Whose certificate a server shows does not matter to what is tested over all transports. */
export const ANY_CERTIFICATE = { rejectUnauthorized: false } as const;

/** A port on loopback, or the path of a Unix socket. */
export type Place = number | string;

/** Connects to a server of this machine. */
export function connectTo(port: Place, options: { readonly allowHalfOpen?: boolean } = {}): Socket {
  if (typeof port === "string") return connectPlain({ path: port, ...options });
  const address = { port, host: "127.0.0.1", ...options };
  return IS_PLAIN ? connectPlain(address) : connectTls({ ...address, ...ANY_CERTIFICATE });
}

/** The same over TLS, whatever the transport of this run is. */
export function connectSecurely(port: number): Socket {
  return connectTls({ port, host: "127.0.0.1", ...ANY_CERTIFICATE });
}
