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

/** An open file or directory inside the root, with facts that come from its descriptor. */
export interface Opened {
  readonly descriptor: number;
  readonly realPath: string;
  readonly stats: BigIntStats;
}

/** A file or directory that was looked up. */
export interface Found extends Opened {
  /**
   * The states that have to stay for the result to stay inside the root; none, unless links lead to
   * it. Otherwise those of the result at its real path, and of the root: either may be moved while
   * the links still lead to the same file in the same state.
   */
  readonly whereabouts: readonly Watched[];
}

/** The place of the root at a lookup, and its identity. */
interface Seen {
  readonly realPath: string;
  readonly device: bigint;
  readonly inode: bigint;
}

/**
 * Follows the served directory by the path that was given for it. If a link is swung to a new release, or a
 * directory takes the place of another, that is the root from the next lookup on. The root's real
 * path at a lookup decides what is inside.
 */
export class RootLocation {
  readonly #path: string;
  readonly #onMove: () => void;
  #seen: Seen;

  /**
   * @param path absolute, and not normalized, as `link/..` is not where the link is
   * @param onMove called when a lookup finds the root elsewhere than the one before
   * @throws a file-system error if there is nothing
   */
  constructor(path: string, onMove: () => void) {
    this.#path = path;
    this.#onMove = onMove;
    this.#seen = seenAt(realpathSync.native(path), statSync(path, { bigint: true }));
  }

  /** The real path of the root at the last lookup. */
  get realPath(): string {
    return this.#seen.realPath;
  }

  /** Returns the path by which an entry is looked up. */
  pathOf(segments: readonly string[]): string {
    return below(this.#path, segments);
  }

  /**
   * Finds a file or directory, following links, and opens it; `undefined` if it is outside the root
   * or is never served. A directory is opened without reading it, which needs no permission on
   * Linux. The caller has to close the descriptor.
   *
   * @throws file-system errors
   */
  find(segments: readonly string[]): Found | undefined {
    const path = this.pathOf(segments);
    const kind = servableKindOf(path);
    if (kind === undefined) return undefined;
    const flags = kind === "file" ? FILE_FLAGS : LOOK_AT_DIRECTORY;
    // Most files are where their path says, in a root that has not moved: this takes 2 µs, and not
    // 12.
    const expected = below(this.realPath, segments);
    const direct = openIf(path, flags, (realPath) => realPath === expected && this.#isAsSeen());
    return direct === undefined ? this.#findBelow(segments, flags) : { ...direct, whereabouts: [] };
  }

  /** Tells whether the root is where it was. Called after a file is opened, to be true of that file. */
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
   * Finds targets of links, and entries of a root that has changed. It goes by the root's
   * descriptor, so that a link swung meanwhile cannot mix the file of one root with the judgement
   * of another.
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
 * Opens a file or directory for reading, following links; `undefined` if it is outside a directory
 * or is never served. The caller has to close it.
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

/** Tells whether a real path is that of a directory or below it. */
export function isWithin(directory: string, realPath: string): boolean {
  return realPath === directory || realPath.startsWith(below(directory, [""]));
}

/** Returns the kind of a path before it is opened: that would wake a FIFO's writer, and may reset a device. */
function servableKindOf(path: string): "file" | "directory" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && kindOf(found);
}

/**
 * Opens a path, unless its real path is wrong.
 *
 * @param isRight tells whether a real path is wanted
 */
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

/** Returns the kind; `undefined` for FIFOs, which hang, devices, which may reset, and sockets. */
function kindOf(stats: Stats | BigIntStats): "file" | "directory" | undefined {
  if (stats.isDirectory()) return "directory";
  return stats.isFile() ? "file" : undefined;
}

/** The flags to open a file. With O_NONBLOCK, opening does not wait if a file is swapped for a FIFO. */
const FILE_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

const DIRECTORY_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;

function seenAt(realPath: string, { dev, ino }: BigIntStats): Seen {
  return { realPath, device: dev, inode: ino };
}

/** Joins path segments; `join` would take `link/..` for the directory that the link is in. */
function below(directory: string, segments: readonly string[]): string {
  if (segments.length === 0) return directory;
  return `${directory}${directory.endsWith(sep) ? "" : sep}${segments.join(sep)}`;
}
