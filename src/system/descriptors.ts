import { closeSync, openSync, readdirSync } from "node:fs";
import { classifyFailure } from "./system-error.ts";

/** The share of all descriptors that is reserved for files and HTTP connections. */
const RESERVED_SHARE = 0.25;
const LEAST_RESERVED = 64;

/** The limit on systems that report none, such as Windows. */
const DEFAULT_CONNECTIONS = 10_000;

/**
 * Returns the limit on open files and sockets of this process; `undefined` if there is none. Bun
 * raises the soft limit to the hard one when it starts (Bun: soft-limit-raised).
 */
export function openFileLimit(): number | undefined {
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

function reservedOf(limit: number): number {
  return Math.max(LEAST_RESERVED, Math.ceil(limit * RESERVED_SHARE));
}

/**
 * Lists the open descriptors of this process, including the one used for the list. If no descriptor is
 * free for that, it lists all possible numbers; if the system does not tell, none.
 */
export function listDescriptors(): number[] {
  try {
    return readdirSync("/dev/fd").map(Number);
  } catch (error) {
    const length = classifyFailure(error) === "exhausted" ? (openFileLimit() ?? 0) : 0;
    return Array.from({ length }, (_, descriptor) => descriptor);
  }
}

/** Lends a descriptor that stands for nothing. */
export function withNothing(use: (descriptor: number) => void): void {
  const nothing = openSync("/dev/null", "r");
  try {
    use(nothing);
  } finally {
    closeSync(nothing);
  }
}

/** The intervals (ms) between counts while enough descriptors are free, and while too few are. */
const CALM_MS = 500;
const TENSE_MS = 100;

/** Counts open descriptors, and has some freed when more than half of the reserve is in use. */
export class DescriptorWatch implements Disposable {
  readonly #limit: number;
  readonly #relieve: (descriptors: readonly number[]) => void;
  /** A descriptor that is freed during a count, as counting needs one. */
  #spare: number | undefined = openSpare();
  #timer: NodeJS.Timeout;

  /**
   * @param limit the limit on open files
   * @param relieve called with the open descriptors at every count while too few are free
   */
  constructor(limit: number, relieve: (descriptors: readonly number[]) => void) {
    this.#limit = limit;
    this.#relieve = relieve;
    this.#timer = setTimeout(() => this.#look(), CALM_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    if (this.#spare !== undefined) closeSync(this.#spare);
    this.#spare = undefined;
  }

  #look(): void {
    const descriptors = this.#list();
    const isTense = descriptors.length > this.#limit - reservedOf(this.#limit) / 2;
    if (isTense) this.#relieve(descriptors);
    this.#timer = setTimeout(() => this.#look(), isTense ? TENSE_MS : CALM_MS);
  }

  #list(): readonly number[] {
    if (this.#spare !== undefined) closeSync(this.#spare);
    const descriptors = listDescriptors();
    this.#spare = openSpare();
    return descriptors;
  }
}

function openSpare(): number | undefined {
  try {
    return openSync("/dev/null", "r");
  } catch {
    return undefined; // no descriptor is free now
  }
}
