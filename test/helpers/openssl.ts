import { join } from "node:path";

/** Whether tests are skipped, as `openssl` is missing; in CI they fail instead. */
export const isOpensslMissing = Bun.which("openssl") === null && process.env["CI"] === undefined;

/** The outcome of a run of `openssl`. */
export interface OpensslResult {
  readonly exitCode: number;
  /** The whole output. */
  readonly output: string;
}

/** Runs `openssl` with these arguments and an empty input. */
export function openssl(...args: readonly string[]): OpensslResult {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["openssl", ...args], { stdin: "ignore" });
  return { exitCode, output: `${stdout}${stderr}` };
}

/** The paths of a certificate and its key, both in PEM. */
export interface PairPaths {
  readonly cert: string;
  readonly key: string;
}

/** The properties of a certificate besides its name. */
export interface IssueOptions {
  /** The pair that signs the certificate; without one, it signs itself. */
  readonly issuer?: PairPaths;
  /** Extensions in the form of `openssl req -addext`. */
  readonly extensions?: readonly string[];
  /** The validity from now; negative for an expired certificate. */
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
