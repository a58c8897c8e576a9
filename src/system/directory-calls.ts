import { ptr, type Pointer } from "bun:ffi";
import { openLibc } from "./libc.ts";

/** The functions of libc; those that return a long return a small one here, or -1. */
const FUNCTIONS = {
  getdents64: { args: ["i32", "ptr", "u64"], returns: "i32" },
  lseek: { args: ["i32", "i64", "i32"], returns: "i32" },
  statx: { args: ["i32", "ptr", "i32", "u32", "ptr"], returns: "i32" },
} as const;

type Functions = NonNullable<ReturnType<typeof openLibc<typeof FUNCTIONS>>>;

/** The kind of a directory entry itself: a symbolic link is a link, whatever it leads to. */
export type EntryKind = "directory" | "file" | "link" | "other";

/** A name in a directory; its kind is `undefined` if the file system does not tell it. */
export interface FoundName {
  readonly name: string;
  readonly kind: EntryKind | undefined;
}

/** The kind of an entry, its size and its time. */
export interface EntryState {
  readonly kind: EntryKind;
  /** Size in bytes. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/**
 * The buffer for names, in bytes of the kernel's records: 24 for a short name, so at most some 700
 * names, which are read and measured in two milliseconds.
 */
const RECORDS_BYTES = 16 * 1024;

/** Longer than every name and its NUL, even with three bytes for each byte that was not UTF-8. */
const NAME_BYTES = 1024;

/** sizeof(struct statx). */
const STATX_BYTES = 256;

/** Offsets in `struct linux_dirent64` (getdents(2)). */
const RECORD_LENGTH_AT = 16;
const TYPE_AT = 18;
const NAME_AT = 19;

/** d_type of readdir(3), which is the type in a mode, shifted. */
const KINDS: ReadonlyMap<number, EntryKind | undefined> = new Map([
  [0, undefined],
  [4, "directory"],
  [8, "file"],
  [10, "link"],
]);

/** Offsets in `struct statx` (statx(2)), the same on every machine. */
const MODE_AT = 28;
const SIZE_AT = 40;
const MODIFIED_AT = 112;

const MODE_TO_TYPE = 12;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** STATX_TYPE, STATX_MTIME and STATX_SIZE. */
const WANTED = 0x1 | 0x40 | 0x200;
const SEEK_SET = 0;
const TWO_TO_32 = 2 ** 32;

/**
 * Linux's calls that read a directory bit by bit, and measure what is in it.
 *
 * All of Bun's ways (`readdir`, `opendir`, `Bun.Glob`) read the whole directory before they give
 * the first name (Bun: directory-read-whole): a million names take 120 to 280 MB, these two
 * buffers. And `statSync` makes an object with a date for each, by a path that is looked up from
 * the root of the system.
 */
export class DirectoryCalls {
  readonly #functions: Functions;
  readonly #records = Buffer.alloc(RECORDS_BYTES);
  readonly #name = Buffer.alloc(NAME_BYTES);
  readonly #state = Buffer.alloc(STATX_BYTES);
  readonly #recordsAt: Pointer = ptr(this.#records);
  readonly #nameAt: Pointer = ptr(this.#name);
  readonly #stateAt: Pointer = ptr(this.#state);

  private constructor(functions: Functions) {
    this.#functions = functions;
  }

  /** Opens libc; `undefined` on other systems than Linux. */
  static open(): DirectoryCalls | undefined {
    const functions = openLibc(FUNCTIONS);
    return functions && new DirectoryCalls(functions);
  }

  /**
   * Reads the next names of a directory, some hundreds at most, without `.` and `..`.
   *
   * @returns `undefined` at the end, and `"failed"` if it cannot be read any more
   */
  read(descriptor: number): readonly FoundName[] | "failed" | undefined {
    const { getdents64 } = this.#functions;
    const length = getdents64(descriptor, this.#recordsAt, RECORDS_BYTES);
    if (length < 0) return "failed";
    if (length === 0) return undefined;
    const found: FoundName[] = [];
    for (
      let start = 0;
      start < length;
      start += this.#records.readUInt16LE(start + RECORD_LENGTH_AT)
    ) {
      const nameStart = start + NAME_AT;
      const name = this.#records.toString("utf8", nameStart, this.#records.indexOf(0, nameStart));
      if (name === "." || name === "..") continue;
      found.push({ name, kind: kindOf(this.#records.readUInt8(start + TYPE_AT)) });
    }
    return found;
  }

  /** Begins again at the first name. */
  rewind(descriptor: number): void {
    this.#functions.lseek(descriptor, 0, SEEK_SET);
  }

  /** Looks at an entry, not at the target of a link; `undefined` if that does not work. */
  look(descriptor: number, name: string): EntryState | undefined {
    const length = this.#name.write(name, 0, NAME_BYTES - 1);
    this.#name[length] = 0;
    const { statx } = this.#functions;
    if (statx(descriptor, this.#nameAt, AT_SYMLINK_NOFOLLOW, WANTED, this.#stateAt) !== 0) {
      return undefined;
    }
    return {
      kind: kindOf(this.#state.readUInt16LE(MODE_AT) >> MODE_TO_TYPE) ?? "other",
      bytes: this.#number(SIZE_AT),
      modifiedMs:
        this.#number(MODIFIED_AT) * 1000 + this.#state.readUInt32LE(MODIFIED_AT + 8) / 1e6,
    };
  }

  /** Reads a signed number of 64 bits, exact up to 2^53. */
  #number(at: number): number {
    return this.#state.readInt32LE(at + 4) * TWO_TO_32 + this.#state.readUInt32LE(at);
  }
}

function kindOf(type: number): EntryKind | undefined {
  return KINDS.has(type) ? KINDS.get(type) : "other";
}
