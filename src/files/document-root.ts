import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  realpathSync,
  statSync,
  type BigIntStats,
} from "node:fs";
import { join, sep } from "node:path";
import { classifyFailure, systemError } from "../system/system-error.ts";
import type { MadeCoding } from "./compression.ts";
import { realPathOf } from "./descriptor-path.ts";
import { readSmall } from "./file-content.ts";
import { Lease } from "./lease.ts";
import { isHidden, isServableName } from "./target.ts";
import { fingerprintOf, isSettled, type Fingerprint, type Watched } from "./watched.ts";

/** A regular file, as it was at one moment. */
export type FileEntry = SmallFile | LargeFile;

/** A file below 1 MiB, read through the descriptor that was checked. */
export interface SmallFile extends FileFacts {
  readonly content: Uint8Array<ArrayBuffer>;
}

/** A file of 1 MiB or more, which stays on disk. */
export interface LargeFile extends FileFacts {
  readonly content: undefined;
  readonly lease: Lease;
}

interface FileFacts extends Watched {
  readonly kind: "file";
  /** Size in bytes. */
  readonly bytes: number;
  readonly fingerprint: Fingerprint;
  /** When it was looked up, in milliseconds since 1970. */
  readonly lookupMs: number;
  /** Its last change is so long ago that another one would show in its times. */
  readonly isSettled: boolean;
}

/** A file or directory inside the root, open, and what was found through the descriptor. */
export interface Opened {
  readonly descriptor: number;
  readonly realPath: string;
  readonly stats: BigIntStats;
}

/** A directory: where it really is, and the address it has. */
export interface LocatedDirectory {
  readonly path: string;
  /** Decoded; the root has none. */
  readonly segments: readonly string[];
}

/** What the root has at a path. `missing` also stands for whatever is never served. */
export type Entry =
  | FileEntry
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "missing" }
  | { readonly kind: "forbidden" };

const MISSING: Entry = { kind: "missing" };
const FORBIDDEN: Entry = { kind: "forbidden" };

/** A precompressed sibling of a file, such as `app.js.br`. */
export interface Variant<F extends FileEntry = FileEntry> {
  readonly coding: MadeCoding;
  readonly file: F;
}

/** The siblings that are there, and where others may appear. */
export interface Variants {
  readonly siblings: readonly Variant[];
  readonly gaps: readonly Watched[];
}

const VARIANT_EXTENSIONS: readonly (readonly [extension: string, coding: MadeCoding])[] = [
  [".zst", "zstd"],
  [".br", "br"],
  [".gz", "gzip"],
];

/** How a root is served. */
export interface DocumentRootOptions {
  /** Serve and list dotfiles. */
  readonly hidden: boolean;
  /** The clock that file times are compared with, in milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * The directory that is served: what may be opened in it, and is by whatever name.
 *
 * Containment is a matter of the real path: a symbolic link at any component may point anywhere
 * inside the root, and what it points to outside is `missing`. Dotfiles go by the name in the URL;
 * a link somebody gave a visible name may lead to one (atomic deployments and Kubernetes volumes
 * are made of such links).
 */
export class DocumentRoot {
  readonly #path: string;
  readonly #hidden: boolean;
  /** The clock that file times are compared with, in milliseconds since 1970. */
  readonly now: () => number;

  private constructor(path: string, { hidden, now = Date.now }: DocumentRootOptions) {
    this.#path = path;
    this.#hidden = hidden;
    this.now = now;
  }

  /**
   * Opens a directory for serving.
   *
   * @throws a file-system error if there is none, or `ENOTDIR` if it is something else
   */
  static open(directory: string, options: DocumentRootOptions): DocumentRoot {
    const path = realpathSync.native(directory);
    if (!statSync(path).isDirectory()) throw systemError("ENOTDIR", "not a directory");
    return new DocumentRoot(path, options);
  }

  /** The real path of the directory. */
  get path(): string {
    return this.#path;
  }

  /** Whether entries of this name are served and listed. */
  shows(name: string): boolean {
    return isServableName(name) && (this.#hidden || !isHidden(name));
  }

  /** Whether a real path is that of the root or below it. */
  contains(realPath: string): boolean {
    const below = this.#path.endsWith(sep) ? this.#path : this.#path + sep;
    return realPath === this.#path || realPath.startsWith(below);
  }

  /**
   * Looks up the entry at decoded path segments.
   *
   * @throws file-system errors that say something about the machine and not about the path (EMFILE, EIO)
   */
  lookup(segments: readonly string[]): Entry {
    if (!segments.every((segment) => this.shows(segment))) return MISSING;
    const path = join(this.#path, ...segments);
    try {
      return this.#open(path);
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure === "missing") return MISSING;
      if (failure === "forbidden") return FORBIDDEN;
      throw error;
    }
  }

  #open(lookupPath: string): Entry {
    const opened = this.openContained(lookupPath);
    if (opened === undefined) return MISSING;
    const { descriptor } = opened;
    let isLeased = false;
    try {
      const entry = this.#entryOf(opened, lookupPath);
      isLeased = entry.kind === "file" && entry.content === undefined;
      return entry;
    } finally {
      if (!isLeased) closeSync(descriptor);
    }
  }

  /**
   * Opens the file or directory that is at a path, by way of whatever links, if it is inside the
   * root and may be served; `undefined` for anything else. Whoever gets it has to close it.
   *
   * @throws file-system errors
   */
  openContained(path: string): Opened | undefined {
    // Only what is certain to be harmless is opened: opening a FIFO would wake its writer, and
    // opening a device can reset it.
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined || !isServable(found)) return undefined;
    // Should it be swapped for a FIFO in between, O_NONBLOCK keeps the opening from waiting.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let opened: Opened | undefined;
    try {
      opened = this.#containedOf(descriptor, path);
      return opened;
    } finally {
      if (opened === undefined) closeSync(descriptor);
    }
  }

  #containedOf(descriptor: number, path: string): Opened | undefined {
    const stats = fstatSync(descriptor, { bigint: true });
    const realPath = realPathOf(descriptor, path, stats);
    if (realPath === undefined || !this.contains(realPath) || !isServable(stats)) return undefined;
    return { descriptor, realPath, stats };
  }

  #entryOf({ descriptor, realPath, stats }: Opened, lookupPath: string): Entry {
    if (stats.isDirectory()) return { kind: "directory", path: realPath };
    const { stats: read, content } = readSmall(descriptor, stats);
    const lookupMs = this.now();
    const facts = {
      kind: "file",
      lookupPath,
      bytes: content?.length ?? Number(read.size),
      fingerprint: fingerprintOf(read),
      lookupMs,
      isSettled: isSettled(read, lookupMs),
    } as const;
    return content === undefined
      ? { ...facts, content, lease: new Lease(descriptor, realPath) }
      : { ...facts, content };
  }

  /**
   * The precompressed siblings of a file that are not older than it, our favourite first, and the
   * paths where there is none (RFC 9110 §8.4.1).
   *
   * @param segments of the file
   */
  lookupVariants(segments: readonly string[], file: FileEntry): Variants {
    const siblings: Variant[] = [];
    const gaps: Watched[] = [];
    for (const [extension, coding] of VARIANT_EXTENSIONS) {
      const name = `${segments.at(-1)}${extension}`;
      const entry = this.lookup([...segments.slice(0, -1), name]);
      const isCurrent =
        entry.kind === "file" && entry.fingerprint.modifiedNs >= file.fingerprint.modifiedNs;
      if (isCurrent) siblings.push({ coding, file: entry });
      // One that is too old counts from the moment it is renewed.
      else if (entry.kind === "file") gaps.push(entry);
      else gaps.push({ lookupPath: `${file.lookupPath}${extension}`, fingerprint: undefined });
    }
    return { siblings, gaps };
  }
}

/** Everything else hangs (a FIFO), resets (a device) or cannot be read at all (a socket). */
function isServable(stats: BigIntStats): boolean {
  return stats.isFile() || stats.isDirectory();
}
