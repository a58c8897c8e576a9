import { CODINGS, type Fields } from "./fields.ts";

/** One kind of request whose price is measured. */
export interface Case {
  /** The name of the case in `--only`. */
  readonly key: string;
  readonly title: string;
  readonly path: string;
  readonly status: number;
  /** The length of the answer's body; `undefined` if servers may differ. */
  readonly bodyBytes?: number;
  /** The request has the server's own validator, so that the answer is a 304. */
  readonly isConditional?: boolean;
  readonly connections: number;
  /** Fields besides those of the set. */
  readonly fields?: Fields;
  /** Each answer takes so long that a usual round would have only a few. */
  readonly isSlow?: boolean;
  /** The names of servers that do not know the case. */
  readonly skips?: readonly string[];
}

const KB = 1024;
const MB = 1024 * KB;
const CONNECTIONS = 64;

/** A measured file. */
export interface SizedFile {
  readonly path: string;
  readonly bytes: number;
}

const SMALL: SizedFile = { path: "/1k.bin", bytes: KB };
const MEDIUM: SizedFile = { path: "/100k.bin", bytes: 100 * KB };

/** All files that are measured. */
export const SIZED_FILES: readonly SizedFile[] = [SMALL, MEDIUM];

/** The path of the file that is asked for while large ones are downloaded. */
export const SMALL_PATH = SMALL.path;

/** The path of the file that is downloaded while something else is measured. */
export const HUGE_PATH = "/1g.bin";
export const HUGE_BYTES = 1024 * MB;

/** The directory with many entries, and their number. */
export const MANY_PATH = "/many/";
export const MANY_ENTRIES = 5000;

/** The path of a missing file. */
export const MISSING_PATH = "/missing.bin";

/** The answer of all servers at `/rest`. */
export const REST_BODY = '{"result":123}\n';

const file = (key: string, title: string, { path, bytes }: SizedFile): Case => ({
  key,
  title,
  path,
  status: 200,
  bodyBytes: bytes,
  connections: CONNECTIONS,
});

const SMALL_FILE = file("1k", "1 KB", SMALL);
const MEDIUM_FILE = file("100k", "100 KB", MEDIUM);

const UNCHANGED: Case = {
  key: "304",
  title: "304",
  path: SMALL.path,
  status: 304,
  bodyBytes: 0,
  isConditional: true,
  connections: CONNECTIONS,
  skips: ["static"],
};

const MISSING: Case = {
  key: "404",
  title: "404",
  path: MISSING_PATH,
  status: 404,
  connections: CONNECTIONS,
  skips: ["static"],
};

const REST: Case = {
  key: "rest",
  title: "`/rest`",
  path: "/rest",
  status: 200,
  bodyBytes: REST_BODY.length,
  connections: CONNECTIONS,
};

/** With Host alone. */
export const BARE_CASES: readonly Case[] = [SMALL_FILE, UNCHANGED, MISSING, REST];

/** With the fields of a browser, beside the least handler. */
export const BROWSER_CASES: readonly Case[] = [SMALL_FILE, UNCHANGED, MISSING];

/** With the fields of a browser, for all servers. */
export const SERVER_CASES: readonly Case[] = [
  SMALL_FILE,
  MEDIUM_FILE,
  UNCHANGED,
  MISSING,
  {
    key: "many",
    title: "5,000 entries",
    path: MANY_PATH,
    status: 200,
    connections: 2, // lighttpd makes four at a time and refuses more
    fields: CODINGS,
    isSlow: true,
    skips: ["least"],
  },
];

/** The keys of all cases. */
export const CASE_KEYS = [...new Set([...BARE_CASES, ...SERVER_CASES].map(({ key }) => key))].map(
  (key) => ({ key }),
);
