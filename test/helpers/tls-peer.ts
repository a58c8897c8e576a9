import { connect, type ConnectionOptions, type DetailedPeerCertificate } from "node:tls";

/** The certificate and the protocols of a server's handshake. */
export interface Peer {
  readonly certificate: DetailedPeerCertificate;
  readonly pem: string;
  /** `h2`, `http/1.1`, or `false` if none was agreed on. */
  readonly alpn: string | false | null;
  readonly protocol: string | null;
}

/** Shakes hands and hangs up; rejects if the server refuses. */
export function shakeHands(port: number, options: ConnectionOptions = {}): Promise<Peer> {
  const { promise, resolve, reject } = Promise.withResolvers<Peer>();
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  socket.on("error", reject);
  socket.on("secureConnect", () => {
    const certificate = socket.getPeerCertificate(true);
    const base64 = certificate.raw.toString("base64").replace(/.{64}/g, "$&\n");
    const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
    resolve({ certificate, pem, alpn: socket.alpnProtocol, protocol: socket.getProtocol() });
    socket.destroy();
  });
  return promise;
}
