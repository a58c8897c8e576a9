import { join } from "node:path";

/** In CI a missing `openssl` is a failure; on a machine without it the tests say that they are skipped. */
export const isOpensslMissing = Bun.which("openssl") === null && process.env["CI"] === undefined;

/** What a run of `openssl` came to. */
export interface OpensslResult {
  readonly exitCode: number;
  /** All that it printed. */
  readonly output: string;
}

/** Runs `openssl` with these arguments and nothing to read. */
export function openssl(...args: readonly string[]): OpensslResult {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["openssl", ...args], { stdin: "ignore" });
  return { exitCode, output: `${stdout}${stderr}` };
}

/** The paths of a certificate and its key, both in PEM. */
export interface PairPaths {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate is made from besides its name. */
export interface IssueOptions {
  /** Who signs; the certificate signs itself if there is none. */
  readonly issuer?: PairPaths;
  /** Extensions as `openssl req -addext` takes them. */
  readonly extensions?: readonly string[];
  /** From now; negative for one that is over. */
  readonly days?: number;
}

/** Makes an ECDSA key and a certificate for it in a directory, both called by the name. */
export function issue(directory: string, name: string, options: IssueOptions = {}): PairPaths {
  const { issuer, extensions = ["subjectAltName=DNS:localhost,IP:127.0.0.1"], days = 30 } = options;
  const paths = { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
  const { exitCode, output } = openssl(
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-keyout", paths.key, "-out", paths.cert, "-subj", `/CN=${name}`, "-days", String(days)],
    ...(issuer === undefined ? [] : ["-CA", issuer.cert, "-CAkey", issuer.key]),
    ...extensions.flatMap((extension) => ["-addext", extension]),
  );
  if (exitCode !== 0) throw new Error(output);
  return paths;
}
