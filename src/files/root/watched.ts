import { statSync, type BigIntStats } from "node:fs";

/** What tells one state of a file from another. A change of content changes at least one of them. */
export interface Fingerprint {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  /** Nanoseconds since 1970, as all times here. */
  readonly modifiedNs: bigint;
  /** The last change of content, name or permissions; nobody can set it back. */
  readonly changedNs: bigint;
}

/** A file or directory in a state, or a path where there is none. */
export interface Watched {
  /** Where it was looked up, by way of whatever links. */
  readonly lookupPath: string;
  readonly fingerprint: Fingerprint | undefined;
}

/**
 * Two changes within this time, in milliseconds, may leave a file with the same times and size:
 * kernels stamp files by a clock of up to 10 ms, and Last-Modified has whole seconds.
 */
const SETTLED_AFTER_MS = 1100;

/** The state that something is in. */
export function fingerprintOf(stats: BigIntStats): Fingerprint {
  return {
    device: stats.dev,
    inode: stats.ino,
    size: stats.size,
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
  };
}

/** Whether two states are one. */
export function isSameState(one: Fingerprint, other: Fingerprint): boolean {
  return (
    one.device === other.device &&
    one.inode === other.inode &&
    one.size === other.size &&
    one.modifiedNs === other.modifiedNs &&
    one.changedNs === other.changedNs
  );
}

/**
 * Whether the last change is so long ago that another one would show in the times.
 *
 * @param nowMs milliseconds since 1970
 */
export function isSettled({ ctimeMs }: BigIntStats, nowMs: number): boolean {
  return nowMs - Number(ctimeMs) > SETTLED_AFTER_MS;
}

/** Whether a look at the path would find the same in the same state, or still nothing. */
export function isUnchanged({ lookupPath, fingerprint }: Watched): boolean {
  try {
    const stats = statSync(lookupPath, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined || fingerprint === undefined) return stats === fingerprint;
    return isSameState(fingerprintOf(stats), fingerprint);
  } catch {
    return false; // whatever it is, a lookup will tell
  }
}
