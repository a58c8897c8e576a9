import type { CodingQueue } from "./coding-queue.ts";
import type { KeptResource } from "./content-cache.ts";
import { representText, REVALIDATE } from "./representation.ts";
import { Resource } from "./resource.ts";

/** A file of `public/` in the server itself, so that it exists wherever the server runs. */
export interface EmbeddedText {
  readonly text: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes a resource of each embedded text, by its path. */
export function embedAll(
  texts: ReadonlyMap<string, EmbeddedText>,
  queue: CodingQueue,
): ReadonlyMap<string, KeptResource> {
  const embed = ({ text, contentType, headers }: EmbeddedText) =>
    new Resource(representText(text, contentType, { ...REVALIDATE, ...headers }), { queue });
  return new Map(Array.from(texts, ([path, text]) => [path, embed(text)]));
}
