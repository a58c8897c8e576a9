import { closeSync, openSync, readdirSync } from "node:fs";
import { classifyFailure } from "./system-error.ts";

/** Of the descriptors that the system allows, what files and HTTP connections are to find free. */
const RESERVED_SHARE = 0.25;
const LEAST_RESERVED = 64;

/** Where the system names no limit, as Windows does not. */
const DEFAULT_CONNECTIONS = 10_000;

/**
 * How many files and sockets this process may have open; `undefined` where that is not limited.
 * Bun raises the soft limit to the hard one at its start.
 */
export function openFileLimit(): number | undefined {
  // Node's types do not say what is in a report.
  const report = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | "unlimited" } };
  };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : undefined;
}

/**
 * How many connections may stay open for good under a limit of open files: the rest is kept for
 * files and for requests.
 *
 * At the limit Bun 1.4.5 tries without end, on a whole core, to accept a connection that it has no
 * descriptor for, and the client waits without an answer.
 */
export function connectionsWithin(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_CONNECTIONS;
  return Math.max(1, limit - reservedOf(limit));
}

function reservedOf(limit: number): number {
  return Math.max(LEAST_RESERVED, Math.ceil(limit * RESERVED_SHARE));
}

/**
 * The numbers of this process's open descriptors, the one for this look among them. Where none is
 * left for it, all numbers that they may have; none at all where the system does not tell.
 */
export function listDescriptors(): number[] {
  try {
    return readdirSync("/dev/fd").map(Number);
  } catch (error) {
    const length = classifyFailure(error) === "exhausted" ? (openFileLimit() ?? 0) : 0;
    return Array.from({ length }, (_, descriptor) => descriptor);
  }
}

/** How often descriptors are counted while there are enough, and while there are not. */
const CALM_MS = 500;
const TENSE_MS = 100;

/** Counts descriptors, and has some freed whenever most of the reserve is in use. */
export class DescriptorWatch implements Disposable {
  readonly #limit: number;
  readonly #relieve: (descriptors: readonly number[]) => void;
  /** Given up for the moment of a look, which takes one itself. */
  #spare: number | undefined = openSpare();
  #timer: NodeJS.Timeout;

  /**
   * @param limit the most files that may be open
   * @param relieve is called with those that are, until there are fewer
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
    return undefined; // there is none to spare just now
  }
}
