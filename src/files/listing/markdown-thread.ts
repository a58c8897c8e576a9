/** The outcome of rendering in the thread. */
export type Rendering =
  | { readonly kind: "html"; readonly html: string }
  /** The HTML is too long, or takes too long. */
  | { readonly kind: "unfit" }
  /** The thread has too much to do now, or cannot run at all. */
  | { readonly kind: "busy" };

/** The parts and limits of a `MarkdownThread`. */
export interface MarkdownThreadOptions {
  /** Takes the error of a thread that cannot run. */
  readonly logError: (error: unknown) => void;
  /** The entry point of the thread; replaced in tests. */
  readonly entry?: URL;
  /** The most that one text may take, in milliseconds, the start of the thread included. */
  readonly deadlineMs?: number;
  /** How long the thread waits for work before it ends, in milliseconds. */
  readonly idleMs?: number;
}

interface Job {
  readonly markdown: string;
  readonly resolve: (rendering: Rendering) => void;
}

const UNFIT: Rendering = { kind: "unfit" };
const BUSY: Rendering = { kind: "busy" };

/**
 * The entry point of the thread. A compiled program is one module for all others, and has the entry
 * points of its threads by their paths from `server.ts`.
 */
const ENTRY = new URL(
  import.meta.url.endsWith("/markdown-thread.ts")
    ? "./markdown-worker.ts"
    : "./src/files/listing/markdown-worker.ts",
  import.meta.url,
);

/** The default deadline (ms). Ordinary Markdown of 128 KB takes 30 to 60 ms, and the start of the thread 10. */
const DEADLINE_MS = 1000;

/** How long (ms) an idle thread is kept by default; it takes 10 MB. */
const IDLE_MS = 10_000;

/** The most texts that wait, of up to 128 KB each. */
const MAX_WAITING = 8;

/**
 * Renders Markdown in another thread, one text at a time, as some texts take ten seconds (Bun:
 * markdown-quadratic). The thread is started for the first text, and ends when it is idle.
 *
 * A thread that misses the deadline is terminated. It ends only when Bun's parser is done; until then
 * there is no other thread, and every text is refused as `busy`.
 */
export class MarkdownThread implements Disposable {
  readonly #logError: (error: unknown) => void;
  readonly #entry: URL;
  readonly #deadlineMs: number;
  readonly #idleMs: number;
  readonly #waiting: Job[] = [];
  #worker: Worker | undefined;
  #job: Job | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ logError, ...others }: MarkdownThreadOptions) {
    const { entry = ENTRY, deadlineMs = DEADLINE_MS, idleMs = IDLE_MS } = others;
    this.#logError = logError;
    this.#entry = entry;
    this.#deadlineMs = deadlineMs;
    this.#idleMs = idleMs;
  }

  /** Renders Markdown, when its turn comes. */
  render(markdown: string): Promise<Rendering> {
    if (this.#isStuck || this.#waiting.length >= MAX_WAITING) return Promise.resolve(BUSY);
    const { promise, resolve } = Promise.withResolvers<Rendering>();
    this.#waiting.push({ markdown, resolve });
    if (this.#job === undefined) this.#next();
    return promise;
  }

  /** Ends the thread; what waits is refused. */
  [Symbol.dispose](): void {
    this.#settle(BUSY);
    this.#refuseAll();
    this.#worker?.terminate();
  }

  /** Tells whether a thread was terminated, and has not ended yet. */
  get #isStuck(): boolean {
    return this.#worker !== undefined && this.#timer === undefined;
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#job = this.#waiting.shift();
    const worker = (this.#worker ??= this.#start());
    if (this.#job === undefined) {
      this.#timer = setTimeout(() => this.#end(), this.#idleMs);
    } else {
      this.#timer = setTimeout(() => this.#miss(), this.#deadlineMs);
      worker.postMessage(this.#job.markdown);
    }
    this.#timer.unref();
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { smol: true });
    worker.unref();
    worker.onmessage = ({ data }: MessageEvent<string | undefined>) => {
      if (this.#isStuck) return;
      this.#settle(data === undefined ? UNFIT : { kind: "html", html: data });
      this.#next();
    };
    worker.onerror = ({ message }) => {
      this.#logError(new Error(`Markdown cannot be rendered: ${message}`));
      this.#settle(BUSY);
      this.#end();
    };
    worker.addEventListener("close", () => {
      this.#worker = undefined;
      if (this.#waiting.length > 0) this.#next();
    });
    return worker;
  }

  #miss(): void {
    this.#settle(UNFIT);
    this.#end();
    this.#refuseAll();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#worker?.terminate();
  }

  #settle(rendering: Rendering): void {
    this.#job?.resolve(rendering);
    this.#job = undefined;
  }

  #refuseAll(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(BUSY);
  }
}
