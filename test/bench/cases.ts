import { randomBytes } from "node:crypto";
import { truncateSync } from "node:fs";
import { makeTree, type Tree } from "../helpers/tree.ts";

/** One kind of request whose price is measured. */
export interface Case {
  /** The name of the case in `--only`. */
  readonly key: string;
  readonly title: string;
  readonly path: string;
  readonly status: number;
  /** The length of the answer's body; `undefined` if servers may differ. */
  readonly bodyBytes?: number;
  /** The request has an If-None-Match with the server's own ETag. */
  readonly isConditional?: boolean;
  readonly connections: number;
  /** Static responses can answer the case, although they decide nothing. */
  readonly isStatic: boolean;
}

const KB = 1024;
const MB = 1024 * KB;
const CONNECTIONS = 64;

/**
 * The measured files. The large one has fewer connections, as the server has paid for the bytes in the
 * clients' buffers at the end, up to some MB each, and they are not counted.
 */
const SIZES = [
  { key: "1k", title: "1 KB", path: "/1k.bin", bytes: KB, connections: CONNECTIONS },
  { key: "10k", title: "10 KB", path: "/10k.bin", bytes: 10 * KB, connections: CONNECTIONS },
  { key: "100k", title: "100 KB", path: "/100k.bin", bytes: 100 * KB, connections: CONNECTIONS },
  { key: "10m", title: "10 MB", path: "/10m.bin", bytes: 10 * MB, connections: 8 },
] as const;

/** The path of the file that is downloaded while something else is measured. */
export const HUGE_PATH = "/1g.bin";
const HUGE_BYTES = 1024 * MB;

/** The path of the file that is asked for meanwhile. */
export const SMALL_PATH = "/1k.bin";

/** The answer of all servers at `/rest`. */
export const REST_BODY = '{"result":123}\n';

export const CASES: readonly Case[] = [
  ...SIZES.map(({ bytes, ...size }) => ({
    ...size,
    status: 200,
    bodyBytes: bytes,
    isStatic: true,
  })),
  {
    key: "304",
    title: "304",
    path: SMALL_PATH,
    status: 304,
    bodyBytes: 0,
    isConditional: true,
    connections: CONNECTIONS,
    isStatic: false,
  },
  {
    key: "rest",
    title: "`/rest`",
    path: "/rest",
    status: 200,
    bodyBytes: REST_BODY.length,
    connections: CONNECTIONS,
    isStatic: true,
  },
  {
    key: "404",
    title: "404",
    path: "/missing.bin",
    status: 404,
    connections: CONNECTIONS,
    isStatic: false,
  },
];

/** The directory with the served files, and with room for files of a server itself. */
export interface Site extends Tree {
  readonly files: string;
}

/** Makes the files that are served. */
export function makeSite(): Site {
  // Random, so that nothing is compressed.
  const entries = SIZES.map(({ path, bytes }) => [`files${path}`, randomBytes(bytes)] as const);
  const tree = makeTree({ ...Object.fromEntries(entries), [`files${HUGE_PATH}`]: "" });
  truncateSync(tree.at(`files${HUGE_PATH}`), HUGE_BYTES); // sparse: it takes no room on the disk
  return { ...tree, files: tree.at("files") };
}
