import { closeSync, read, type BigIntStats } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { sortInSlices } from "../slices/sliced-sort.ts";
import { SLICE_ITEMS, type Sliced } from "../slices/sliced.ts";
import { classifyFailure, systemError } from "../../system/system-error.ts";
import { descriptorPath } from "../root/descriptor-path.ts";
import type { DocumentRoot } from "../root/document-root.ts";
import type { Opened } from "../root/root-location.ts";
import type { Slices } from "../slices/slices.ts";
import type { TarEntry } from "./tar.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** An entry of a tree, and the content of a file: exactly as many bytes as the entry says. */
export interface Member {
  readonly entry: TarEntry;
  readonly content: AsyncIterable<Bytes> | undefined;
}

/** A directory to be walked. */
export interface Top {
  readonly realPath: string;
  /** The root's real path when the walk was asked for: a link that is swung meanwhile cuts no walk short. */
  readonly within: string;
  /** What it is called in the result, whatever it is called on disk. */
  readonly name: string;
}

/** A directory on the way down, and what is yet to come in it. */
interface Level {
  /** In the result. */
  readonly path: string;
  readonly realPath: string;
  readonly names: Iterator<string>;
}

/** How much of a file is read at once, in bytes: less costs more reads, more holds more memory. */
const READ_BYTES = 128 * 1024;

/** For anybody: who may execute what he gets is his own matter. */
const ANY_EXECUTE_BIT = 0o111n;

const readAt = promisify(read);

/**
 * Walks a directory of the root: itself first, then all that it shows, by name, depth first. Each
 * entry is opened once, and all that is said of it comes from that descriptor, which is open until
 * the next entry is asked for, or none any more.
 *
 * A link to a file is that file. A link to a directory is a link where the directory is shown in
 * this tree, else nothing: so every directory is walked once, and a cycle of links never. Nothing
 * comes of what leads out of the root, has vanished, may not be read, or is no file.
 *
 * @throws file-system errors that say something about the machine (EMFILE, EIO), and `ENOENT` if
 *   the directory itself is gone
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
      // Swapped for something else, it makes no empty archive that passes for it.
      if (levels.length === 0 && member?.entry.kind !== "directory") throw gone();
      if (member !== undefined) yield member;
      if (opened !== undefined && member?.entry.kind === "directory") {
        levels.push({ ...next, names: await readNames(root, opened, slices) });
      }
    } finally {
      if (opened !== undefined) closeSync(opened.descriptor);
    }
    next = nextOf(levels);
  } while (next !== undefined);
}

/** The next path on the way down, or, where a directory has no more, back up. */
function nextOf(levels: Level[]) {
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
    const failure = classifyFailure(error);
    if (failure === "missing" || failure === "forbidden") return undefined;
    throw error;
  }
}

/** @param expected where it is if no link was followed, and what it is called */
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

/** Also refuses what is elsewhere: the way there begins with "..", which is no name to be shown. */
function isShownIn(root: DocumentRoot, top: Top, realPath: string): boolean {
  const way = relative(top.realPath, realPath);
  return way === "" || way.split(sep).every((name) => root.shows(name));
}

/** Not by BigInt division, which rounds a time before 1970 up. */
function secondsOf({ mtimeMs }: BigIntStats): number {
  return Math.floor(Number(mtimeMs) / 1000);
}

/** Those that are shown, by their code units: the same tree makes the same archive everywhere. */
async function readNames(root: DocumentRoot, { descriptor, realPath }: Opened, slices: Slices) {
  // Not by its path, which may lead elsewhere by now.
  const names = await readdir(descriptorPath(descriptor) ?? realPath);
  return (await slices.run(sortShown(root, names))).values();
}

function* sortShown(root: DocumentRoot, names: readonly string[]): Sliced<readonly string[]> {
  // Names that are no UTF-8 may all read the same, and open nothing.
  const shown = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (root.shows(name)) shown.add(name);
    if (index % SLICE_ITEMS === 0) yield;
  }
  return yield* sortInSlices([...shown], (a, b) => (a < b ? -1 : 1));
}

/**
 * As many bytes as were announced, whatever becomes of the file: what it grows by is cut, and what
 * it loses comes as zeros, as an archive cannot take its word back.
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
