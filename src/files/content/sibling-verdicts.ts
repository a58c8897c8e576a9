import { classifyFailure } from "../../system/system-error.ts";
import type { FileEntry, SiblingFile, FoundSiblings } from "../root/document-root.ts";
import { Recent } from "../slices/recent.ts";
import type { FoundFile, SiblingQuestion } from "./sibling-check.ts";
import { isSameState } from "../root/watched.ts";

/** Answers a question; `undefined` if that is not possible now. */
export type CheckSibling = (
  question: SiblingQuestion,
  signal: AbortSignal,
) => Promise<boolean | undefined>;

/** The check, the error log and the clock of `SiblingVerdicts`. */
export interface SiblingVerdictsOptions {
  readonly check: CheckSibling;
  /** Logs the error that broke a check off. */
  readonly logError: (error: unknown) => void;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** The siblings of a file that decode to its bytes. */
export interface JudgedSiblings extends FoundSiblings {
  /** Tells whether another look may find more siblings; `undefined` if no verdict is open. */
  readonly hasNews: (() => boolean) | undefined;
}

/** The knowledge about a sibling. */
interface Verdict {
  readonly question: SiblingQuestion;
  /** `undefined` until it is known. */
  isGood: boolean | undefined;
  /** The time from which on asking again may bring news. */
  newsMs: number;
}

/** The most verdicts that are kept, at 0.6 KB each. */
const MAX_VERDICTS = 10_000;

/** The most siblings that wait to be checked; a small one takes 0.4 ms. */
const MAX_WAITING = 1000;

/** How long (ms) a question rests without an answer or a place in the queue. */
const ASK_AGAIN_MS = 1000;

/**
 * Knows which precompressed siblings decode to exactly the bytes of their files. Browsers show the
 * decoded sibling, even if it is half of the file or another file.
 *
 * Siblings are checked in the background, one at a time. A verdict holds for the states in which
 * the two files were.
 */
export class SiblingVerdicts {
  readonly #check: CheckSibling;
  readonly #logError: (error: unknown) => void;
  readonly #now: () => number;
  /** The verdicts by the path of the sibling. */
  readonly #verdicts = new Recent<Verdict>({ most: MAX_VERDICTS });
  readonly #waiting = new Map<string, Verdict>();
  readonly #stopping = new AbortController();
  #isChecking = false;

  constructor({ check, logError, now }: SiblingVerdictsOptions) {
    this.#check = check;
    this.#logError = logError;
    this.#now = now;
  }

  /**
   * Picks the siblings that are known to be good. A sibling with an open verdict is checked soon,
   * and is a gap until then; a bad one is a gap until it changes.
   */
  judge(file: FileEntry, { siblings, gaps }: FoundSiblings): JudgedSiblings {
    if (siblings.length === 0) return { siblings, gaps, hasNews: undefined };
    const judged = siblings.map((sibling) => ({ sibling, verdict: this.#ask(file, sibling) }));
    const isGood = ({ verdict }: { readonly verdict: Verdict }) => verdict.isGood === true;
    const open = judged.flatMap(({ verdict }) => (verdict.isGood === undefined ? [verdict] : []));
    return {
      siblings: judged.filter(isGood).map(({ sibling }) => sibling),
      gaps: [
        ...gaps,
        ...judged.filter((one) => !isGood(one)).map(({ verdict }) => verdict.question.sibling),
      ],
      hasNews: open.length === 0 ? undefined : () => this.#hasNews(open),
    };
  }

  /** Ends the check under way, and begins no other. */
  stop(): void {
    this.#stopping.abort();
    this.#waiting.clear();
  }

  #hasNews(open: readonly Verdict[]): boolean {
    const now = this.#now();
    return open.some(({ newsMs }) => newsMs <= now);
  }

  #ask(file: FileEntry, { coding, file: sibling }: SiblingFile): Verdict {
    const key = sibling.lookupPath;
    const known = this.#verdicts.peek(key);
    if (known !== undefined && isOf(known, file, sibling)) {
      const isWorthAsking = known.isGood === undefined && known.newsMs <= this.#now();
      if (!isWorthAsking) return this.#verdicts.use(key, known);
    }
    const verdict: Verdict = {
      question: { file: foundOf(file), sibling: foundOf(sibling), coding },
      isGood: undefined,
      newsMs: this.#now() + ASK_AGAIN_MS,
    };
    // A change of an unsettled file may leave no trace, so that the verdict would outlive it.
    const canBeAsked = file.isSettled && sibling.isSettled && this.#hasPlaceFor(key);
    return canBeAsked ? this.#enqueue(key, verdict) : verdict;
  }

  #hasPlaceFor(key: string): boolean {
    const { aborted } = this.#stopping.signal;
    return !aborted && (this.#waiting.size < MAX_WAITING || this.#waiting.has(key));
  }

  #enqueue(key: string, verdict: Verdict): Verdict {
    // The waiting question is about a state that is gone, so this question replaces it.
    const replaced = this.#waiting.get(key);
    if (replaced !== undefined) replaced.newsMs = this.#now();
    verdict.newsMs = Infinity;
    this.#waiting.set(key, verdict);
    if (!this.#isChecking) {
      this.#isChecking = true;
      setImmediate(() => void this.#checkAll()); // after the answers of this turn
    }
    return this.#verdicts.use(key, verdict);
  }

  async #checkAll(): Promise<void> {
    for (const [key, verdict] of this.#waiting) {
      this.#waiting.delete(key);
      await this.#decide(verdict);
    }
    this.#isChecking = false;
  }

  async #decide(verdict: Verdict): Promise<void> {
    const { signal } = this.#stopping;
    try {
      verdict.isGood = await this.#check(verdict.question, signal);
    } catch (error) {
      // Files may go, and descriptors run out: that is no fault, and is asked again.
      if (!signal.aborted && classifyFailure(error) === "broken") this.#logError(error);
    }
    verdict.newsMs = this.#now() + (verdict.isGood === undefined ? ASK_AGAIN_MS : 0);
  }
}

function isOf({ question }: Verdict, file: FoundFile, sibling: FoundFile): boolean {
  return (
    isSameState(question.sibling.fingerprint, sibling.fingerprint) &&
    isSameState(question.file.fingerprint, file.fingerprint)
  );
}

/** Drops the content, which must not be kept. */
function foundOf({ lookupPath, fingerprint }: FileEntry): FoundFile {
  return { lookupPath, fingerprint };
}
