import { closeSync, openSync, readdirSync } from "node:fs";
import { classifyFailure } from "./system-error.ts";

/** The share of all descriptors that is reserved for files and HTTP connections. */
const RESERVED_SHARE = 0.25;
const LEAST_RESERVED = 64;

/** The limit on systems that report none, such as Windows. */
const DEFAULT_CONNECTIONS = 10_000;

/**
 * Reads the limit on open files and sockets of this process, by way of a report; `undefined` if there
 * is none. Bun raises the soft limit to the hard one when it starts (Bun: soft-limit-raised).
 */
export function readOpenFileLimit(): number | undefined {
  // Node's types do not describe a report.
  const report = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | "unlimited" } };
  };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : undefined;
}

/**
 * Returns the number of lasting connections that a limit on open files allows: the rest is reserved
 * for files and requests.
 *
 * At the limit Bun uses a whole core to try and accept a connection without a free descriptor,
 * while the client waits (Bun: accept-spins).
 */
export function connectionsWithin(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_CONNECTIONS;
  return Math.max(1, limit - reservedOf(limit));
}

/** The numbers of open descriptors from which on something has to be done. */
export interface DescriptorMarks {
  /** Descriptors are scarce: half of the reserve is in use. */
  readonly scarce: number;
  /** Soon none is free: three quarters of the reserve are in use. */
  readonly critical: number;
}

/** Returns the marks for a limit on open files. */
export function marksOf(limit: number): DescriptorMarks {
  const reserved = reservedOf(limit);
  return {
    scarce: limit - Math.floor(reserved / 2),
    critical: limit - Math.floor(reserved / 4),
  };
}

function reservedOf(limit: number): number {
  return Math.max(LEAST_RESERVED, Math.ceil(limit * RESERVED_SHARE));
}

/**
 * Lists the open descriptors of this process, including the one used for the list. If none is free for that,
 * it lists all possible numbers; on a system without `/dev/fd`, none.
 */
export function listDescriptors(): number[] {
  try {
    return readdirSync("/dev/fd").map(Number);
  } catch (error) {
    const length = classifyFailure(error) === "exhausted" ? (readOpenFileLimit() ?? 0) : 0;
    return Array.from({ length }, (_, descriptor) => descriptor);
  }
}

/** Lends a descriptor of `/dev/null`, and closes it afterwards. */
export function withNothing(use: (descriptor: number) => void): void {
  const nothing = openSync("/dev/null", "r");
  try {
    use(nothing);
  } finally {
    closeSync(nothing);
  }
}

/** The times (ms) from one look to the next: usually, and after some descriptors were freed. */
const CALM_MS = 250;
const TENSE_MS = 50;

/** Listing 10,000 descriptors takes some milliseconds, so only one calm look in four does that. */
const LOOKS_PER_LIST = 4;

/**
 * Frees descriptors that nobody will miss.
 *
 * @param descriptors all that are open
 * @returns whether any was freed
 */
export type Relieve = (descriptors: readonly number[], marks: DescriptorMarks) => boolean;

/** Watches how many descriptors are open, and has some freed while they are scarce. */
export class DescriptorWatch implements Disposable {
  readonly marks: DescriptorMarks;
  #isScarce = false;
  #looks = 0;
  /** A descriptor that is freed during a look, as looking needs one. */
  #spare: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param limit the limit on open files */
  constructor(limit: number) {
    this.marks = marksOf(limit);
  }

  /** Descriptors were scarce at the last look. */
  get isScarce(): boolean {
    return this.#isScarce;
  }

  /**
   * Watches until it is disposed of.
   *
   * @param relieve called at every look while descriptors are scarce
   */
  begin(relieve: Relieve): void {
    this.#spare = openSpare();
    this.#timer = setTimeout(() => this.#look(relieve), CALM_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#closeSpare();
  }

  #look(relieve: Relieve): void {
    let hasFreed = false;
    this.#looks++;
    if (this.#isScarce || this.#looks % LOOKS_PER_LIST === 0 || this.#isSurelyScarce()) {
      const descriptors = this.#list();
      this.#isScarce = descriptors.length > this.marks.scarce;
      hasFreed = this.#isScarce && relieve(descriptors, this.marks);
    }
    this.#timer = setTimeout(() => this.#look(relieve), hasFreed ? TENSE_MS : CALM_MS);
  }

  /** Tells whether all low numbers are in use, as the system gives out the lowest free one. */
  #isSurelyScarce(): boolean {
    const lowestFree = openSpare();
    if (lowestFree !== undefined) closeSync(lowestFree);
    return (lowestFree ?? Infinity) >= this.marks.scarce;
  }

  #list(): readonly number[] {
    this.#closeSpare();
    const descriptors = listDescriptors();
    this.#spare = openSpare();
    return descriptors;
  }

  #closeSpare(): void {
    if (this.#spare !== undefined) closeSync(this.#spare);
    this.#spare = undefined;
  }
}

function openSpare(): number | undefined {
  try {
    return openSync("/dev/null", "r");
  } catch {
    return undefined; // no descriptor is free now
  }
}
