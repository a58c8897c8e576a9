import { escapeHtml } from "../../http/html-escape.ts";
import { Recent } from "../slices/recent.ts";
import { waitFor, type Sliced } from "../slices/sliced.ts";
import { makesManyCells, renderMarkdown } from "./markdown.ts";
import { MarkdownThread, type MarkdownThreadOptions, type Rendering } from "./markdown-thread.ts";

/** The text of a README. */
export interface ReadmeText {
  readonly markdown: string;
  /** The length of the file. */
  readonly bytes: number;
  /** The ETag of the file, which is made of its content. */
  readonly etag: string;
}

/** The longest Markdown, in bytes, that is rendered at once: the slowest text takes 10 ms at this length. */
const AT_ONCE_BYTES = 4 * 1024;

/** The most Markdown, in bytes, that is rendered at once in one turn of the event loop. */
const TURN_BYTES = 8 * 1024;

/** The memory of the HTML that is kept, in bytes. */
const KEPT_BYTES = 4 * 1024 * 1024;

/** The memory of an entry besides its HTML, in bytes. */
const ENTRY_BYTES = 200;

/**
 * Renders the READMEs of listings, and keeps the HTML by the content. Long ones are rendered in another
 * thread. A README that cannot be rendered in time is shown as the text that it is.
 */
export class Readmes implements Disposable {
  readonly #thread: MarkdownThread;
  /** Renderings by the ETag of the file. */
  readonly #kept = new Recent<Rendering>({ most: KEPT_BYTES, weigh: weightOf });
  /** Renderings under way, by the same. */
  readonly #underWay = new Map<string, Promise<Rendering>>();
  #turnBytes = 0;

  constructor(options: MarkdownThreadOptions) {
    this.#thread = new MarkdownThread(options);
  }

  /** Renders a README as HTML that can do nothing; a short one without waiting. */
  *render(text: ReadmeText): Sliced<string> {
    const { etag, markdown } = text;
    const known = this.#kept.peek(etag) ?? this.#renderNow(text);
    const rendering = known ?? (yield* waitFor(this.#renderInThread(text)));
    // The thread may do it another time.
    if (rendering.kind !== "busy") this.#kept.use(etag, rendering);
    return rendering.kind === "html" ? rendering.html : `<pre>${escapeHtml(markdown)}</pre>\n`;
  }

  [Symbol.dispose](): void {
    this.#thread[Symbol.dispose]();
  }

  #renderNow({ markdown, bytes }: ReadmeText): Rendering | undefined {
    if (makesManyCells(markdown)) return { kind: "unfit" };
    if (bytes > AT_ONCE_BYTES || this.#turnBytes + bytes > TURN_BYTES) return undefined;
    if (this.#turnBytes === 0) setImmediate(() => (this.#turnBytes = 0));
    this.#turnBytes += bytes;
    const html = renderMarkdown(markdown);
    return html === undefined ? { kind: "unfit" } : { kind: "html", html };
  }

  #renderInThread({ markdown, etag }: ReadmeText): Promise<Rendering> {
    const before = this.#underWay.get(etag);
    if (before !== undefined) return before;
    const rendering = this.#thread.render(markdown).finally(() => this.#underWay.delete(etag));
    this.#underWay.set(etag, rendering);
    return rendering;
  }
}

function weightOf(rendering: Rendering): number {
  return ENTRY_BYTES + (rendering.kind === "html" ? 2 * rendering.html.length : 0);
}
