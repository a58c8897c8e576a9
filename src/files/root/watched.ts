import { statSync, type BigIntStats } from "node:fs";

/** The facts that tell states of a file apart. A change of content changes at least one. */
export interface Fingerprint {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  /** Nanoseconds since 1970, like all times here. */
  readonly modifiedNs: bigint;
  /** The last change of content, name or permissions; nobody can set it back. */
  readonly changedNs: bigint;
}

/** A file or directory in a state, or a path without either. */
export interface Watched {
  /** The path that was looked up, with its links. */
  readonly lookupPath: string;
  readonly fingerprint: Fingerprint | undefined;
}

/**
 * The time (ms) within which two changes may leave a file with the same times and size: kernels
 * stamp files by a clock of up to 10 ms, and Last-Modified has whole seconds.
 */
const SETTLED_AFTER_MS = 1100;

/** Returns the fingerprint of a state. */
export function fingerprintOf(stats: BigIntStats): Fingerprint {
  return {
    device: stats.dev,
    inode: stats.ino,
    size: stats.size,
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
  };
}

/** Tells whether two states are the same. */
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
 * Tells whether the last change is so long ago that another one would show in the times.
 *
 * @param nowMs milliseconds since 1970
 */
export function isSettled({ ctimeMs }: BigIntStats, nowMs: number): boolean {
  return nowMs - Number(ctimeMs) > SETTLED_AFTER_MS;
}

/** Tells whether a lookup of the path would find the same state, or still nothing. */
export function isUnchanged({ lookupPath, fingerprint }: Watched): boolean {
  try {
    const stats = statSync(lookupPath, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined || fingerprint === undefined) return stats === fingerprint;
    return isSameState(fingerprintOf(stats), fingerprint);
  } catch {
    return false; // the next lookup will find the reason
  }
}
