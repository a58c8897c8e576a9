import { codeOf } from "../system/system-error.ts";

/**
 * Writes some of the bytes, and says how many, or what went wrong. As `fs.write`: it must not
 * block the event loop, however slow the reader.
 */
export type Write = (
  bytes: Uint8Array,
  done: (error: Error | null, written: number) => void,
) => void;

/** Where the lines go. */
export interface LogSinkOptions {
  readonly write: Write;
  /** The line that says how many were left out. */
  readonly formatDropped: (lines: number) => string;
  /** How much may wait to be written, in bytes. */
  readonly maxWaitingBytes?: number;
}

/** Some thousands of lines: enough for a reader that stumbles, and nothing to a server. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** How long to wait for a pipe that was set not to block and is full, in milliseconds. */
const RETRY_MS = 50;

/** What is being written. */
interface Batch {
  readonly bytes: Uint8Array;
  /** How many of the bytes are out. */
  readonly start: number;
  readonly lines: number;
  /** How many lines it says were left out. */
  readonly toldLines: number;
}

const LINE_FEED = 10;

/**
 * Lines on their way to a file, a pipe or a terminal: one write at a time, of all that has come
 * meanwhile. It neither waits for a slow reader nor minds a broken one: what does not fit is left
 * out and counted, and the log says so where it is missing.
 */
export class LogSink {
  readonly #options: Required<LogSinkOptions>;
  #waiting = "";
  #waitingLines = 0;
  #isWriting = false;
  /** Nobody will ever read it. */
  #isClosed = false;
  #droppedLines = 0;
  /** How many of those the log has not told of. */
  #untoldLines = 0;
  #idle = Promise.withResolvers<void>();

  constructor(options: LogSinkOptions) {
    this.#options = { maxWaitingBytes: MAX_WAITING_BYTES, ...options };
    this.#idle.resolve();
  }

  /** How many lines were left out. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** @param lines in ASCII, each with its line feed */
  add(lines: readonly string[]): void {
    if (this.#isClosed) return;
    for (const line of lines) this.#take(line);
    if (!this.#isWriting) this.#writeWaiting();
  }

  /** Settles when nothing waits any more: it was written, or nobody takes it. */
  flush(): Promise<void> {
    return this.#idle.promise;
  }

  #take(line: string): void {
    if (this.#waiting.length + line.length > this.#options.maxWaitingBytes) return this.#drop(1);
    this.#waiting += line;
    this.#waitingLines++;
  }

  #drop(lines: number): void {
    this.#droppedLines += lines;
    this.#untoldLines += lines;
  }

  #writeWaiting(): void {
    const toldLines = this.#untoldLines;
    if (toldLines > 0) this.#waiting += this.#options.formatDropped(toldLines);
    const bytes = Buffer.from(this.#waiting, "latin1");
    const batch = { bytes, start: 0, lines: this.#waitingLines, toldLines };
    this.#waiting = "";
    this.#waitingLines = 0;
    if (!this.#isWriting) this.#idle = Promise.withResolvers();
    this.#isWriting = true;
    this.#write(batch);
  }

  #write(batch: Batch): void {
    this.#options.write(batch.bytes.subarray(batch.start), (error, written) => {
      if (codeOf(error) === "EAGAIN") setTimeout(() => this.#write(batch), RETRY_MS);
      else if (error !== null) this.#failed(error, batch);
      else this.#wrote({ ...batch, start: batch.start + written });
    });
  }

  #wrote(batch: Batch): void {
    if (batch.start < batch.bytes.length) return this.#write(batch);
    this.#untoldLines -= batch.toldLines;
    if (this.#waiting !== "" || this.#untoldLines > 0) this.#writeWaiting();
    else this.#rest();
  }

  /** A full disk may have room again when the next line comes; a pipe never gets its reader back. */
  #failed(error: Error, { bytes, start, lines }: Batch): void {
    this.#isClosed = codeOf(error) === "EPIPE";
    this.#drop(lines + this.#waitingLines);
    this.#waitingLines = 0;
    const isLineCut = start > 0 || bytes[0] === LINE_FEED;
    this.#waiting = isLineCut ? "\n" : "";
    this.#rest();
  }

  #rest(): void {
    this.#isWriting = false;
    this.#idle.resolve();
  }
}
