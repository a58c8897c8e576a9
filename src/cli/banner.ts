import type { NetworkInterfaceInfo } from "node:os";
import { isWildcardAddress } from "../http/host.ts";

/** The facts that the banner is rendered from. */
export interface BannerFacts {
  readonly host: string;
  /** The TCP port; `undefined` on a Unix socket. */
  readonly port: number | undefined;
  /** The absolute path of the Unix socket; `undefined` on a port. */
  readonly socketPath: string | undefined;
  readonly directory: string;
  /** The default port, if another program has it. */
  readonly busyPort: number | undefined;
  /** The limit on WebSockets, if it is so low that people should know. */
  readonly scarceConnections: number | undefined;
  /** `os.networkInterfaces()`, for the URLs of a server that is bound to every address. */
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  /** With TLS, the certificate's SHA-256 and whether it was made for this run. */
  readonly certificate: { readonly fingerprint: string; readonly isOwn: boolean } | undefined;
  /** Only this machine can connect. */
  readonly isOnLoopback: boolean;
  /** The number of processes that answer. */
  readonly workers: number;
  /** Use ANSI colours. */
  readonly colour: boolean;
}

/** Renders the lines printed at start: the URL of the WebSocket, then those of the pages. */
export function renderBanner(facts: BannerFacts): string {
  const { port, busyPort, socketPath, scarceConnections } = facts;
  const lines = socketPath === undefined ? portLines(facts) : socketLines(facts, socketPath);
  if (scarceConnections !== undefined) {
    lines.push(
      `At most ${scarceConnections} WebSockets at a time: the limit of open files allows no more; raise it with ulimit -n.`,
    );
  }
  if (busyPort !== undefined) lines.unshift(`Port ${busyPort} is in use, so this is ${port}.`);
  return `${lines.join("\n")}\n`;
}

/** Returns the URL of the index for a browser on this machine; `undefined` on a Unix socket. */
export function indexUrl(facts: BannerFacts): string | undefined {
  const [address = "localhost"] = addressesOf(facts);
  const s = facts.certificate === undefined ? "" : "s";
  return facts.port === undefined ? undefined : `http${s}://${address}:${facts.port}/`;
}

function portLines(facts: BannerFacts): string[] {
  const { port, directory, certificate, workers } = facts;
  const [address = "localhost", ...others] = addressesOf(facts);
  const link = (url: string) => (facts.colour ? `\x1b[36m${url}\x1b[39m` : url);
  const s = certificate === undefined ? "" : "s";
  const origin = `http${s}://${address}:${port}`;
  const lines = [
    `Starting WS listener on ${link(`ws${s}://${address}:${port}/websocket`)}`,
    `  Index      ${link(`${origin}/`)}  (${printable(directory)})`,
    `  Test page  ${link(`${origin}/test.html`)}`,
    `  REST       ${link(`${origin}/rest`)}`,
    ...others.map((other) => `  Network    ${link(`http${s}://${other}:${port}/`)}`),
  ];
  if (workers > 1) lines.push(`  Workers    ${workers}`);
  if (certificate?.isOwn) lines.push(`  SHA-256    ${certificate.fingerprint}`);
  if (certificate === undefined && !facts.isOnLoopback) {
    lines.push("  Others on the network can read what is sent; --tls encrypts it.");
  }
  return lines;
}

/** Renders commands instead of URLs, as no browser can open a Unix socket. */
function socketLines({ directory }: BannerFacts, path: string): string[] {
  const curl = `curl --unix-socket ${quote(path)}`;
  return [
    `Starting WS listener on ws+unix:${printable(path)}:/websocket`,
    `  Index      ${curl} http://localhost/  (${printable(directory)})`,
    `  REST       ${curl} http://localhost/rest`,
  ];
}

/** Quotes a path for a shell. */
function quote(path: string): string {
  const text = printable(path);
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The names and addresses of the server, as written in a URL. */
function addressesOf({ host, interfaces }: BannerFacts): string[] {
  if (!isWildcardAddress(host)) return [host.includes(":") ? `[${host}]` : host];
  const lan = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
  return ["localhost", ...lan];
}

/** Replaces control characters, so that the name of a directory cannot steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "�");
}
