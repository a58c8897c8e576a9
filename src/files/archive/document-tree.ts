import { closeSync, read, type BigIntStats } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { sortInSlices } from "../slices/sliced-sort.ts";
import { SLICE_ITEMS, type Sliced } from "../slices/sliced.ts";
import { classifyFailure, codeOf, systemError } from "../../system/system-error.ts";
import { descriptorPath } from "../root/descriptor-path.ts";
import type { DocumentRoot } from "../root/document-root.ts";
import type { Opened } from "../root/root-location.ts";
import type { Slices } from "../slices/slices.ts";
import type { TarEntry } from "./tar.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** An entry of a tree, with the content of a file, which is exactly as long as the entry says. */
export interface Member {
  readonly entry: TarEntry;
  readonly content: AsyncIterable<Bytes> | undefined;
}

/** The directory at the top of a walk. */
export interface Top {
  readonly realPath: string;
  /** The root's real path at the start, so that a link swung meanwhile cuts no walk short. */
  readonly within: string;
  /** The name in the result, which may differ from the name on disk. */
  readonly name: string;
}

/** A directory on the way down, with the names in it that are still to be visited. */
interface Level {
  /** The path in the result. */
  readonly path: string;
  readonly realPath: string;
  readonly names: Iterator<string>;
}

/** The bytes read at a time: fewer cost more reads, more hold more memory. */
const READ_BYTES = 128 * 1024;

/** The longest path that can be opened, with the NUL at its end, in bytes: PATH_MAX. */
const MAX_PATH_BYTES = process.platform === "linux" ? 4096 : 1024;

/** The permission of anybody: a receiver decides for himself who may execute the file. */
const ANY_EXECUTE_BIT = 0o111n;

const readAt = promisify(read);

/**
 * Walks a directory of the root: first itself, then everything shown in it, by name, depth first.
 * Each entry is opened once, and all facts about it come from that descriptor, which stays open
 * until the next entry is asked for or the walk ends.
 *
 * A link to a file counts as that file. A link to a directory stays a link if the directory is
 * shown in this tree; otherwise it is skipped. So every directory is walked once, and no cycle of
 * links is followed. Entries are also skipped if they lead out of the root, have vanished, may not
 * be read, or are neither file nor directory.
 *
 * @throws file-system errors that say something about the machine (EMFILE, EIO), `ENAMETOOLONG` for
 *   an entry that is too far down to be opened, and `ENOENT` if the directory itself is gone
 */
export async function* walkTree(
  root: DocumentRoot,
  top: Top,
  slices: Slices,
): AsyncGenerator<Member, void, void> {
  const pace = slices.pace();
  const levels: Level[] = [];
  let next: { readonly realPath: string; readonly path: string } | undefined = {
    realPath: top.realPath,
    path: top.name,
  };
  do {
    await pace.pause();
    const opened = openMember(root, top, next.realPath);
    try {
      const member = opened && memberOf(root, top, opened, next);
      // If the directory was replaced by something else, an empty archive would pass for it.
      if (levels.length === 0 && member?.entry.kind !== "directory") throw gone();
      if (member !== undefined) yield member;
      if (opened !== undefined && member?.entry.kind === "directory") {
        levels.push({ ...next, names: await readNames(root, opened, slices) });
      }
    } finally {
      if (opened !== undefined) closeSync(opened.descriptor);
    }
    next = takeNext(levels);
  } while (next !== undefined);
}

/** Takes the next path on the way down, and drops the directories that have no more names. */
function takeNext(levels: Level[]) {
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const { done, value } = level.names.next();
    if (done !== true) {
      return { realPath: join(level.realPath, value), path: `${level.path}/${value}` };
    }
    levels.pop();
  }
  return undefined;
}

function openMember(root: DocumentRoot, top: Top, path: string): Opened | undefined {
  try {
    return root.openContained(path, top.within);
  } catch (error) {
    if (isTooFarDown(path, error)) throw error;
    const failure = classifyFailure(error);
    if (failure === "missing" || failure === "forbidden") return undefined;
    throw error;
  }
}

/**
 * Tells whether an entry cannot be opened because it is too far down: it is there, so an archive
 * without it would lack files. A name that is too long for any file leads to nothing.
 */
function isTooFarDown(path: string, error: unknown): boolean {
  if (codeOf(error) !== "ENAMETOOLONG") return false;
  const isFound = error instanceof Error && "syscall" in error && error.syscall === "readlink";
  return isFound || Buffer.byteLength(path) >= MAX_PATH_BYTES;
}

/** @param expected the real path if no link was followed, and the path in the result */
function memberOf(
  root: DocumentRoot,
  top: Top,
  { descriptor, realPath, stats }: Opened,
  expected: { readonly realPath: string; readonly path: string },
): Member | undefined {
  const { path } = expected;
  const modifiedSeconds = secondsOf(stats);
  if (stats.isFile()) {
    const bytes = Number(stats.size);
    const isExecutable = (stats.mode & ANY_EXECUTE_BIT) !== 0n;
    const content = readContent(descriptor, bytes);
    return { entry: { kind: "file", path, bytes, isExecutable, modifiedSeconds }, content };
  }
  if (realPath === expected.realPath) {
    return { entry: { kind: "directory", path, modifiedSeconds }, content: undefined };
  }
  if (!isShownIn(root, top, realPath)) return undefined;
  const target = relative(join(expected.realPath, ".."), realPath).replaceAll(sep, "/") || ".";
  return { entry: { kind: "link", path, target, modifiedSeconds }, content: undefined };
}

/** Tells whether a path is shown in a tree; the way to one elsewhere begins with "..", which is never shown. */
function isShownIn(root: DocumentRoot, top: Top, realPath: string): boolean {
  const way = relative(top.realPath, realPath);
  return way === "" || way.split(sep).every((name) => root.shows(name));
}

/** Returns whole seconds, without BigInt division, which rounds a time before 1970 up. */
function secondsOf({ mtimeMs }: BigIntStats): number {
  return Math.floor(Number(mtimeMs) / 1000);
}

/** Reads the shown names, sorted by code units, so that a tree makes the same archive everywhere. */
async function readNames(root: DocumentRoot, { descriptor, realPath }: Opened, slices: Slices) {
  // By the descriptor, as the path may lead elsewhere by now.
  const names = await readdir(descriptorPath(descriptor) ?? realPath);
  return (await slices.run(sortShown(root, names))).values();
}

function* sortShown(root: DocumentRoot, names: readonly string[]): Sliced<readonly string[]> {
  // Names that are not UTF-8 may all read the same, and open nothing.
  const shown = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (root.shows(name)) shown.add(name);
    if (index % SLICE_ITEMS === 0) yield;
  }
  return yield* sortInSlices([...shown], (a, b) => (a < b ? -1 : 1));
}

/**
 * Reads exactly as many bytes as were announced, even if the file changes: growth is cut off, and
 * missing bytes are zeros, as an archive cannot take its word back.
 */
async function* readContent(descriptor: number, bytes: number): AsyncGenerator<Bytes, void, void> {
  for (let position = 0; position < bytes;) {
    const length = Math.min(READ_BYTES, bytes - position);
    const chunk = new Uint8Array(length);
    const { bytesRead } = await readAt(descriptor, chunk, 0, length, position);
    const isOver = bytesRead === 0;
    yield isOver ? chunk : chunk.subarray(0, bytesRead);
    position += isOver ? length : bytesRead;
  }
}

function gone(): Error {
  return systemError("ENOENT", "the directory is gone");
}
