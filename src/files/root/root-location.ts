import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  realpathSync,
  statSync,
  type BigIntStats,
  type Stats,
} from "node:fs";
import { sep } from "node:path";
import { descriptorPath, LOOK_AT_DIRECTORY, realPathOf } from "./descriptor-path.ts";
import { fingerprintOf, type Watched } from "./watched.ts";

/** A file or directory inside the root, open, and what was found through the descriptor. */
export interface Opened {
  readonly descriptor: number;
  readonly realPath: string;
  readonly stats: BigIntStats;
}

/** A file or directory that was looked up. */
export interface Found extends Opened {
  /**
   * What has to stay as it is for what was found to stay inside: nothing, unless links lead to it.
   * Then it is what was found, where it really is, and the root: either may come to be elsewhere
   * while a look by way of the links finds the same file in the same state.
   */
  readonly whereabouts: readonly Watched[];
}

/** Where the root was at a look, and which directory it was. */
interface Seen {
  readonly realPath: string;
  readonly device: bigint;
  readonly inode: bigint;
}

/**
 * Where the root is. It goes by the path it was given: a link that is swung to a new release, or a
 * directory that takes the place of another, is the root from the next look on. Whether something is
 * inside is judged by the root's real path at that look.
 */
export class RootLocation {
  readonly #path: string;
  readonly #onMove: () => void;
  #seen: Seen;

  /**
   * @param path absolute, and not normalized, as `link/..` is not where the link is
   * @param onMove called when a look finds the root elsewhere than the look before
   * @throws a file-system error if there is nothing
   */
  constructor(path: string, onMove: () => void) {
    this.#path = path;
    this.#onMove = onMove;
    this.#seen = seenAt(realpathSync.native(path), statSync(path, { bigint: true }));
  }

  /** The real path that the root had at the last look. */
  get realPath(): string {
    return this.#seen.realPath;
  }

  /** The path by which an entry is looked up. */
  pathOf(segments: readonly string[]): string {
    return below(this.#path, segments);
  }

  /**
   * Looks for a file or directory, by way of whatever links, and opens it if it is inside the root
   * and may be served; `undefined` for anything else. A directory is opened to be looked at, which
   * takes no permission to read it on Linux. The caller has to close the descriptor.
   *
   * @throws file-system errors
   */
  find(segments: readonly string[]): Found | undefined {
    const path = this.pathOf(segments);
    const kind = servableKindOf(path);
    if (kind === undefined) return undefined;
    const flags = kind === "file" ? FILE_FLAGS : LOOK_AT_DIRECTORY;
    // Most files are where their path says, in the root that was seen last: 2 µs, and not 12.
    const expected = below(this.realPath, segments);
    const direct = openIf(path, flags, (realPath) => realPath === expected && this.#isAsSeen());
    return direct === undefined ? this.#findBelow(segments, flags) : { ...direct, whereabouts: [] };
  }

  /** Asked after something was opened, so that this is true of it. */
  #isAsSeen(): boolean {
    const { dev, ino } = statSync(this.#path, { bigint: true });
    return dev === this.#seen.device && ino === this.#seen.inode;
  }

  #see(seen: Seen): void {
    const { realPath, device, inode } = this.#seen;
    this.#seen = seen;
    const isSame = seen.realPath === realPath && seen.device === device && seen.inode === inode;
    if (!isSame) this.#onMove();
  }

  /**
   * Finds what links lead to, or what is in a root that has changed: by way of the root's descriptor,
   * so that no link that is swung meanwhile gives the file of one root to the judgement of another.
   */
  #findBelow(segments: readonly string[], flags: number): Found | undefined {
    const root = openSync(this.#path, LOOK_AT_DIRECTORY);
    try {
      const stats = fstatSync(root, { bigint: true });
      const rootPath = realPathOf(root, this.#path, stats);
      if (rootPath === undefined) return undefined;
      this.#see(seenAt(rootPath, stats));
      const path = below(descriptorPath(root) ?? this.#path, segments);
      const opened = openIf(path, flags, (realPath) => isWithin(rootPath, realPath));
      if (opened === undefined) return undefined;
      if (opened.realPath === below(rootPath, segments)) return { ...opened, whereabouts: [] };
      const itself = { lookupPath: opened.realPath, fingerprint: fingerprintOf(opened.stats) };
      const around = { lookupPath: this.#path, fingerprint: fingerprintOf(stats) };
      return { ...opened, whereabouts: [itself, around] };
    } finally {
      closeSync(root);
    }
  }
}

/**
 * Opens the file or directory that is at a path for reading, by way of whatever links, if it is
 * within a directory and may be served; `undefined` for anything else. The caller has to close it.
 *
 * @param within the real path of the directory
 * @throws file-system errors
 */
export function openForReading(path: string, within: string): Opened | undefined {
  const kind = servableKindOf(path);
  if (kind === undefined) return undefined;
  const flags = kind === "file" ? FILE_FLAGS : DIRECTORY_FLAGS;
  return openIf(path, flags, (realPath) => isWithin(within, realPath));
}

/** Whether a real path is that of a directory or below it. */
export function isWithin(directory: string, realPath: string): boolean {
  return realPath === directory || realPath.startsWith(below(directory, [""]));
}

/**
 * Only what is certain to be harmless is opened: opening a FIFO would wake its writer, and opening a
 * device can reset it.
 */
function servableKindOf(path: string): "file" | "directory" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && kindOf(found);
}

/** @param isRight whether what has this real path is wanted */
function openIf(
  path: string,
  flags: number,
  isRight: (realPath: string) => boolean,
): Opened | undefined {
  const descriptor = openSync(path, flags);
  let opened: Opened | undefined;
  try {
    const stats = fstatSync(descriptor, { bigint: true });
    const realPath = realPathOf(descriptor, path, stats);
    if (realPath !== undefined && isRight(realPath) && kindOf(stats) !== undefined) {
      opened = { descriptor, realPath, stats };
    }
    return opened;
  } finally {
    if (opened === undefined) closeSync(descriptor);
  }
}

/** Everything else hangs (a FIFO), resets (a device) or cannot be read at all (a socket). */
function kindOf(stats: Stats | BigIntStats): "file" | "directory" | undefined {
  if (stats.isDirectory()) return "directory";
  return stats.isFile() ? "file" : undefined;
}

/** Should a file be swapped for a FIFO before it is opened, O_NONBLOCK keeps that from waiting. */
const FILE_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

const DIRECTORY_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;

function seenAt(realPath: string, { dev, ino }: BigIntStats): Seen {
  return { realPath, device: dev, inode: ino };
}

/** Not by `join`, which would take `link/..` for the directory that the link is in. */
function below(directory: string, segments: readonly string[]): string {
  if (segments.length === 0) return directory;
  return `${directory}${directory.endsWith(sep) ? "" : sep}${segments.join(sep)}`;
}
