import {
  chooseCoding,
  type CompressedCoding,
  type ContentCoding,
} from "../../http/accept-encoding.ts";
import { FieldMemo } from "../../http/field-memo.ts";
import { isCompressible } from "../../http/media-type.ts";
import type { RequestFields } from "../../http/request-fields.ts";
import type { CodingQueue } from "./coding-queue.ts";
import { compressNow, MADE_CODINGS } from "./compression.ts";
import {
  representCoded,
  varying,
  type CodedBytes,
  type MemorySource,
  type Representation,
  type Source,
} from "./representation.ts";

/** A precompressed form that lies beside a file, such as `app.js.br`. */
export interface Sibling<S extends Source = Source> extends CodedBytes<S> {
  readonly coding: ContentCoding;
}

/** The siblings of a resource, and how its codings are made. */
export interface ResourceOptions<S extends Source = Source> {
  readonly siblings?: readonly Sibling<S>[];
  /**
   * Siblings are being checked. The answer varies already, but no coding is made until it is known
   * that one is needed: a check takes a tenth of the time.
   */
  readonly isChoiceOpen?: boolean;
  /**
   * Makes codings in the background. A resource without a queue and without `text` has none made: it
   * is not kept, so a coding would be for nobody.
   */
  readonly queue?: CodingQueue | undefined;
  /** The text, if a coding is to be made at once, as the first request may be the last. */
  readonly text?: string;
}

/** The least bytes that are compressed: fewer save less than the header field costs. */
const WORTH_COMPRESSING_BYTES = 256;

/** The Accept-Encoding fields whose choice is remembered; each browser has one. */
const MOST_CHOICES = 4;

/**
 * A resource in all its content codings: as it is, as siblings of the file, or otherwise, where
 * compression helps, compressed here once for each coding that is asked for.
 *
 * Only a `Resource<MemorySource>` may be kept: any other is for one answer.
 */
export class Resource<S extends Source = Source> {
  readonly #identity: Representation<S>;
  readonly #codings: readonly ContentCoding[];
  readonly #coded = new Map<ContentCoding, Representation<S | MemorySource>>();
  /** The codings that wait, are being made, or were found not to be smaller. */
  readonly #attempted = new Set<ContentCoding>();
  /** The choices by Accept-Encoding. */
  readonly #choices = new FieldMemo<ContentCoding>(
    (field) => chooseCoding(field, this.#codings) ?? "identity",
    MOST_CHOICES,
  );
  readonly #isMade: boolean;
  readonly #queue: CodingQueue | undefined;
  readonly #text: string | undefined;
  #bytes: number;

  constructor(identity: Representation<S>, options: ResourceOptions<S> = {}) {
    const { siblings = [], isChoiceOpen = false, queue, text } = options;
    this.#queue = queue;
    this.#text = text;
    this.#isMade = !isChoiceOpen && siblings.length === 0 && isWorthCompressing(identity);
    this.#codings = this.#isMade ? MADE_CODINGS : siblings.map(({ coding }) => coding);
    const hasChoice = this.#codings.length > 0 || isChoiceOpen;
    this.#identity = hasChoice ? varying(identity) : identity;
    this.#bytes = identity.bytes;
    for (const sibling of siblings) this.#add(sibling);
  }

  /** The memory that all its representations take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Prepares the representation for a request: selects it (RFC 9110 §12.5.3), and has a missing
   * coding made.
   *
   * The answer is identity until a coding was made in the background, and for a Range, as the
   * client cannot have seen bytes of a coding made here. It may have seen those of siblings, so a
   * Range applies to them.
   *
   * @returns identity also if the client excludes it and there is no other choice
   */
  prepare(fields: RequestFields): Representation<S | MemorySource> {
    if (this.#codings.length === 0) return this.#identity;
    const field = fields.acceptEncoding;
    if (field === undefined) return this.#identity;
    const coding = this.#choices.get(field);
    if (coding === "identity" || (this.#isMade && fields.range !== undefined))
      return this.#identity;
    // Siblings are all there, so a missing coding is one to be made.
    if (!this.#coded.has(coding)) this.#make(coding);
    return this.#coded.get(coding) ?? this.#identity;
  }

  #make(coding: CompressedCoding): void {
    const source: Source = this.#identity.source;
    if (this.#attempted.has(coding) || source.kind !== "memory") return;
    if (this.#text !== undefined) {
      this.#attempted.add(coding);
      this.#addMade(coding, compressNow(new TextEncoder().encode(this.#text), coding));
      return;
    }
    const add = (compressed: Uint8Array) => this.#addMade(coding, compressed);
    if (this.#queue?.offer(source.body, coding, add) === true) this.#attempted.add(coding);
  }

  #addMade(coding: CompressedCoding, compressed: Uint8Array): void {
    if (compressed.length >= this.#identity.bytes) return;
    const body = new Blob([new Uint8Array(compressed)]);
    const { etag } = this.#identity.validators;
    this.#add({ coding, bytes: body.size, source: { kind: "memory", body }, etag });
  }

  #add(coded: Sibling<S | MemorySource>): void {
    const { coding, bytes, source } = coded;
    this.#coded.set(coding, representCoded(this.#identity, coding, coded));
    if (source.kind === "memory") this.#bytes += bytes;
  }
}

function isWorthCompressing({ contentType, source, bytes }: Representation): boolean {
  return source.kind !== "lease" && bytes >= WORTH_COMPRESSING_BYTES && isCompressible(contentType);
}
