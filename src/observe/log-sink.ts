import { codeOf } from "../system/system-error.ts";

/**
 * Writes some of the bytes and reports how many, or the error, like `fs.write`. It must not block the
 * event loop, however slow the reader is.
 */
export type Write = (
  bytes: Uint8Array,
  done: (error: Error | null, written: number) => void,
) => void;

/** The output and the limits of a `LogSink`. */
export interface LogSinkOptions {
  readonly write: Write;
  /** Formats the line that reports the number of dropped lines. */
  readonly formatDropped: (lines: number) => string;
  /** The most bytes that may wait to be written. */
  readonly maxWaitingBytes?: number;
}

/** Some thousands of lines: enough while a reader falters, and little memory for a server. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** How long (ms) to wait for a full pipe in non-blocking mode. */
const RETRY_MS = 50;

/** The lines of one write. */
interface Batch {
  readonly bytes: Uint8Array;
  /** The number of bytes written so far. */
  readonly start: number;
  readonly lines: number;
  /** The number of dropped lines that this batch reports. */
  readonly toldLines: number;
}

const LINE_FEED = 10;

/**
 * Writes lines to a file, a pipe or a terminal without waiting for a slow or broken reader. One write
 * at a time takes all lines that have come meanwhile. Lines that do not fit are dropped and counted,
 * and the log says how many at the place where they are missing.
 */
export class LogSink {
  readonly #options: Required<LogSinkOptions>;
  #waiting = "";
  #waitingLines = 0;
  #isWriting = false;
  /** The reader has gone for good. */
  #isClosed = false;
  #droppedLines = 0;
  /** The number of dropped lines that the log has not reported yet. */
  #untoldLines = 0;
  #idle = Promise.withResolvers<void>();

  constructor(options: LogSinkOptions) {
    this.#options = { maxWaitingBytes: MAX_WAITING_BYTES, ...options };
    this.#idle.resolve();
  }

  /** The number of dropped lines. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /**
   * Queues lines to be written.
   *
   * @param lines in ASCII, each with its line feed
   */
  add(lines: readonly string[]): void {
    if (this.#isClosed) return;
    for (const line of lines) this.#take(line);
    if (!this.#isWriting) this.#writeWaiting();
  }

  /** Resolves once no line waits: all were written, or dropped as nobody reads them. */
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

  /** Drops all lines. A full disk may have room for the next ones; a pipe never regains its reader. */
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
