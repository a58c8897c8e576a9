import { randomBytes } from "node:crypto";
import type { TestServer } from "../helpers/test-server.ts";
import type { Tree } from "../helpers/tree.ts";
import { makeAgedTree } from "./mirrors.ts";

/** Names of many media types, those of `application/` and `model/` above all, and of none. */
export const DOWNLOAD_NAMES: readonly string[] = [
  "LICENSE",
  "extensionless",
  "zip",
  "a.7z",
  "a.apk",
  "a.bin",
  "a.deb",
  "a.docx",
  "a.epub",
  "a.glb",
  "a.iso",
  "a.jar",
  "a.json",
  "a.mp4",
  "a.obj",
  "a.pdf",
  "a.stl",
  "a.svg",
  "a.tar",
  "a.tar.gz",
  "a.tgz",
  "a.txt",
  "a.unknown",
  "a.wasm",
  "a.woff2",
  "a.xml",
  "a.zip",
];

/** What a download may begin with is in memory, what is larger comes from the disk. */
const LARGE_BYTES = 1_100_000;

/** Makes a file for each name, large enough to be sent from the disk, no two of them alike. */
export function makeDownloads(): Tree {
  const common = randomBytes(LARGE_BYTES);
  const contents = DOWNLOAD_NAMES.map((name) => [name, Buffer.concat([Buffer.from(name), common])]);
  return makeAgedTree(Object.fromEntries(contents));
}

/** A request as the access log tells of it. */
export interface LoggedRequest {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly bytes: number;
}

/** The requests that a server with `log: "json"` has answered. */
export function requestsOf(server: TestServer): readonly LoggedRequest[] {
  return server.logged().map((line) => JSON.parse(line));
}
