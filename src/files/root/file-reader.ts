import { closeSync, read } from "node:fs";
import { promisify } from "node:util";

const readDescriptor = promisify(read);

/** Reads an open file on the thread pool, where it does not hold up the event loop. */
export class FileReader implements AsyncDisposable {
  readonly descriptor: number;
  /** The length of the file in bytes, when it was opened. */
  readonly bytes: number;
  #last: Promise<unknown> = Promise.resolve();
  #hasFailed = false;

  /** Takes the descriptor over. */
  constructor(descriptor: number, bytes: number) {
    this.descriptor = descriptor;
    this.bytes = bytes;
  }

  /** Tells whether a read has thrown. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /**
   * Reads the bytes from `start` to before `end`; fewer, if the file ends. One read at a time.
   *
   * @throws file-system errors
   */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const reading = this.#read(start, end);
    this.#last = reading.catch(() => (this.#hasFailed = true));
    return reading;
  }

  async #read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const buffer = new Uint8Array(end - start);
    let length = 0;
    while (length < buffer.length) {
      const rest = buffer.length - length;
      const { bytesRead } = await readDescriptor(
        this.descriptor,
        buffer,
        length,
        rest,
        start + length,
      );
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  }

  /** Closes the file after a read under way, which could otherwise read from another file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    closeSync(this.descriptor);
  }
}
