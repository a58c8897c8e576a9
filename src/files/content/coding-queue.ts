import type { CompressedCoding } from "../../http/accept-encoding.ts";
import { compress } from "./compression.ts";

/** Compresses content in the background. */
export type Compress = (
  content: Uint8Array<ArrayBuffer>,
  coding: CompressedCoding,
) => Promise<Uint8Array>;

/** Content that is to be compressed. */
interface Job {
  readonly body: Blob;
  readonly coding: CompressedCoding;
  readonly onMade: (compressed: Uint8Array) => void;
}

/** The most codings that wait. A text of 100 KB takes 5 to 10 ms, one of 1 MB up to 100. */
const MAX_WAITING = 8;

/** The most bytes of content that wait: they stay in memory, whether the cache keeps them or not. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/**
 * Makes codings in the background, one at a time: each brotli takes 34 MB while it works, and several at
 * once are slower than one after the other.
 *
 * Only a few codings wait. Content that is offered beyond that causes no work; its coding is made when
 * it is offered again.
 */
export class CodingQueue {
  readonly #compress: Compress;
  readonly #waiting: Job[] = [];
  #waitingBytes = 0;
  #isWorking = false;

  /** @param compressWith replaces the compression, for tests */
  constructor(compressWith: Compress = compress) {
    this.#compress = compressWith;
  }

  /**
   * Takes content, if there is room for it.
   *
   * @param onMade called with the coding, unless making it fails: then nothing is lost
   * @returns whether the content was taken
   */
  offer(body: Blob, coding: CompressedCoding, onMade: Job["onMade"]): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    if (this.#waitingBytes + body.size > MAX_WAITING_BYTES) return false;
    this.#waiting.push({ body, coding, onMade });
    this.#waitingBytes += body.size;
    if (!this.#isWorking) void this.#work();
    return true;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      this.#waitingBytes -= job.body.size;
      await this.#make(job);
    }
    this.#isWorking = false;
  }

  async #make({ body, coding, onMade }: Job): Promise<void> {
    try {
      onMade(await this.#compress(await body.bytes(), coding));
    } catch {
      // If a coding cannot be made, for example for want of memory, nothing is lost.
    }
  }
}
