import { closeSync, constants, openSync, statSync } from "node:fs";
import type { TextEncoding } from "../../http/text-encoding.ts";
import { classifyFailure, systemError } from "../../system/system-error.ts";
import type { CompressedCoding } from "../../http/accept-encoding.ts";
import { giveBack, readSmall } from "./file-content.ts";
import { FileEncodings } from "./file-encodings.ts";
import { Lease } from "./lease.ts";
import {
  isWithin,
  openForReading,
  RootLocation,
  type Found,
  type Opened,
} from "./root-location.ts";
import { isHidden, isServableName, isWellKnown } from "./target.ts";
import { fingerprintOf, isSettled, type Fingerprint, type Watched } from "./watched.ts";

/** A regular file, in the state of one moment. */
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
  /** The time of the lookup, in milliseconds since 1970. */
  readonly lookupMs: number;
  /** Its last change is so long ago that another one would show in its times. */
  readonly isSettled: boolean;
  /** The encoding of a text file, as far as its bytes tell; it means nothing for other files. */
  readonly encoding: TextEncoding;
  /** The states on which this entry depends: that of the file and, if links lead to it, others. */
  readonly watched: readonly Watched[];
}

/** A directory, with its real path and its address. */
export interface LocatedDirectory {
  readonly path: string;
  /** The decoded path segments of its address; the root has none. */
  readonly segments: readonly string[];
}

/** The entry of the root at a path; `missing` also stands for everything that is never served. */
export type Entry =
  | FileEntry
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "missing" }
  | { readonly kind: "forbidden" };

const MISSING: Entry = { kind: "missing" };
const FORBIDDEN: Entry = { kind: "forbidden" };

/** A precompressed sibling of a file, such as `app.js.br`. */
export interface SiblingFile<F extends FileEntry = FileEntry> {
  readonly coding: CompressedCoding;
  readonly file: F;
}

/** The siblings of a file, and the paths at which more may appear. */
export interface FoundSiblings {
  readonly siblings: readonly SiblingFile[];
  readonly gaps: readonly Watched[];
}

const SIBLING_EXTENSIONS: readonly (readonly [extension: string, coding: CompressedCoding])[] = [
  [".zst", "zstd"],
  [".br", "br"],
  [".gz", "gzip"],
];

/** The settings of a root. */
export interface DocumentRootOptions {
  /** Serve and list dotfiles. */
  readonly hidden: boolean;
  /** The clock that file times are compared with, in milliseconds since 1970. */
  readonly now?: () => number;
  /** The number from which on descriptors are scarce; `undefined` for no limit. */
  readonly scarceDescriptor?: number | undefined;
}

/**
 * The directory that is served: decides which files may be opened in it, and by which names.
 *
 * The real path decides what is inside: a symbolic link at any component may point anywhere inside
 * the root; a target outside is `missing`. The name in the URL decides whether a file is a dotfile,
 * so a link with a visible name may lead to one (atomic deployments and Kubernetes volumes are made
 * of such links).
 */
export class DocumentRoot {
  readonly #location: RootLocation;
  readonly #hidden: boolean;
  readonly #scarceDescriptor: number;
  readonly #encodings = new FileEncodings();
  readonly #moveListeners: (() => void)[] = [];
  /** The clock that file times are compared with, in milliseconds since 1970. */
  readonly now: () => number;

  private constructor(path: string, options: DocumentRootOptions) {
    const { hidden, now = Date.now, scarceDescriptor = Infinity } = options;
    this.#location = new RootLocation(path, () => this.#moveListeners.forEach((call) => call()));
    this.#hidden = hidden;
    this.#scarceDescriptor = scarceDescriptor;
    this.now = now;
  }

  /**
   * Opens a directory for serving.
   *
   * @param directory absolute, as the process may change its working directory
   * @throws a file-system error if there is none, or `ENOTDIR` if it is something else
   */
  static open(directory: string, options: DocumentRootOptions): DocumentRoot {
    if (!statSync(directory).isDirectory()) throw systemError("ENOTDIR", "not a directory");
    return new DocumentRoot(directory, options);
  }

  /** The real path of the directory at the last lookup. */
  get path(): string {
    return this.#location.realPath;
  }

  /** Registers a callback for lookups that find the root moved, or another directory. */
  onMove(callback: () => void): void {
    this.#moveListeners.push(callback);
  }

  /** Tells whether entries of this name are served and listed. */
  shows(name: string): boolean {
    return isServableName(name) && (this.#hidden || !isHidden(name));
  }

  /**
   * Tells whether a directory is listed and archived: all are but `/.well-known/` and the directories below
   * it, where clients know the names that they look for (RFC 8615 §3).
   *
   * @throws `EACCES` if it may not be read, for which it is opened for a moment
   */
  isListable({ path, segments }: LocatedDirectory): boolean {
    if (!this.#showsAll(segments)) return false;
    closeSync(openSync(path, constants.O_RDONLY | constants.O_DIRECTORY));
    return true;
  }

  #showsAll(segments: readonly string[]): boolean {
    return segments.every((segment) => this.shows(segment));
  }

  /** Tells whether a real path is that of the root at the last lookup, or below it. */
  contains(realPath: string): boolean {
    return isWithin(this.path, realPath);
  }

  /**
   * Throws while descriptors are scarce, so that none is kept for as long as a client takes an answer.
   *
   * @throws `EMFILE` if descriptors are scarce
   */
  refuseIfScarce(descriptor: number): void {
    if (descriptor < this.#scarceDescriptor) return;
    throw systemError("EMFILE", "few descriptors are free, so no more files are sent from disk");
  }

  /**
   * Opens the entry at decoded path segments, and reads a small file. A large one stays open until the event
   * loop turns (see `Lease`).
   *
   * @throws file-system errors that say something about the machine and not about the path (EMFILE,
   *   EIO)
   */
  openEntry(segments: readonly string[]): Entry {
    if (!this.#showsAll(isWellKnown(segments) ? segments.slice(1) : segments)) return MISSING;
    try {
      return this.#open(segments);
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure === "missing") return MISSING;
      if (failure === "forbidden") return FORBIDDEN;
      throw error;
    }
  }

  #open(segments: readonly string[]): Entry {
    const found = this.#location.find(segments);
    if (found === undefined) return MISSING;
    const { descriptor, realPath } = found;
    if (found.stats.isDirectory()) {
      closeSync(descriptor);
      return { kind: "directory", path: realPath };
    }
    let isLeased = false;
    try {
      const file = this.#fileOf(segments, found);
      isLeased = file.content === undefined;
      return file;
    } finally {
      if (!isLeased) closeSync(descriptor);
    }
  }

  #fileOf(segments: readonly string[], found: Found): FileEntry {
    const { descriptor, realPath, whereabouts } = found;
    const { stats, content } = readSmall(descriptor, found.stats);
    const itself = {
      lookupPath: this.#location.pathOf(segments),
      fingerprint: fingerprintOf(stats),
    };
    const lookupMs = this.now();
    const state = { ...itself, isSettled: isSettled(stats, lookupMs) };
    const facts = {
      kind: "file",
      ...state,
      bytes: content?.length ?? Number(stats.size),
      lookupMs,
      encoding: this.#encodings.find(segments.at(-1) ?? "", { descriptor, content, ...state }),
      watched: [itself, ...whereabouts],
    } as const;
    return content === undefined
      ? {
          ...facts,
          content,
          lease: new Lease(descriptor, realPath, () => this.refuseIfScarce(descriptor)),
        }
      : { ...facts, content };
  }

  /**
   * Opens a file or directory for reading, following links; `undefined` if it is outside the root
   * or is never served. The caller has to close it.
   *
   * @param within the real path of the root; that of the last lookup, if it is left out
   * @throws file-system errors
   */
  openContained(path: string, within: string = this.path): Opened | undefined {
    return openForReading(path, within);
  }

  /**
   * Opens the precompressed siblings of a file that are not older than it, as `openEntry` does, our favourite
   * first; and finds the paths without a sibling (RFC 9110 §8.4.1).
   *
   * @param segments the path of the file
   */
  openSiblings(segments: readonly string[], file: FileEntry): FoundSiblings {
    const siblings: SiblingFile[] = [];
    const gaps: Watched[] = [];
    for (const [extension, coding] of SIBLING_EXTENSIONS) {
      const name = `${segments.at(-1)}${extension}`;
      const entry = this.openEntry([...segments.slice(0, -1), name]);
      const isCurrent =
        entry.kind === "file" && entry.fingerprint.modifiedNs >= file.fingerprint.modifiedNs;
      if (isCurrent) siblings.push({ coding, file: entry });
      // A sibling that is too old counts as soon as it is renewed.
      else if (entry.kind === "file") {
        giveBack(entry);
        gaps.push(entry);
      } else gaps.push({ lookupPath: `${file.lookupPath}${extension}`, fingerprint: undefined });
    }
    return { siblings, gaps };
  }
}
