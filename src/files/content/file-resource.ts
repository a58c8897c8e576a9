import type { CodingQueue } from "./coding-queue.ts";
import type { Keepable, KeptResource } from "./content-cache.ts";
import type { FileEntry, SmallFile, SiblingFile } from "../root/document-root.ts";
import {
  etagOf,
  keptSourceOf,
  passingSourceOf,
  representFile,
  type FileNaming,
  type Source,
} from "./representation.ts";
import { Resource, type Sibling } from "./resource.ts";
import type { JudgedSiblings } from "./sibling-verdicts.ts";

/** The resource of a file: one to keep, or one to make for each request. */
export type FileResource =
  | ({ readonly kind: "keepable" } & Keepable)
  | { readonly kind: "passing"; readonly resource: Resource };

/** The choices in how a file is represented and kept. */
export interface FileResourceOptions extends FileNaming {
  /** Asks the cache to admit the file; called only for a file that can be kept. */
  readonly admit: () => boolean;
  /** Makes the codings of a file that is kept. */
  readonly queue: CodingQueue;
}

/** Makes the resource of a file and its siblings: kept if they are in memory, and settled. */
export function resourceOfFile(
  file: FileEntry,
  { siblings, gaps, hasNews }: JudgedSiblings,
  { admit, queue, ...naming }: FileResourceOptions,
): FileResource {
  const files = [file, ...siblings.map((sibling) => sibling.file)];
  const isChoiceOpen = hasNews !== undefined;
  const canBeKept =
    files.every(({ isSettled }) => isSettled) && isSmall(file) && siblings.every(isSmallSibling);
  if (!canBeKept || !admit()) {
    const passing = siblings.map((each) => toSibling(each, passingSourceOf(each.file)));
    const representation = representFile(file, passingSourceOf(file), naming);
    const resource = new Resource(representation, { siblings: passing, isChoiceOpen });
    return { kind: "passing", resource };
  }
  const kept = siblings.map((each) => toSibling(each, keptSourceOf(each.file)));
  const representation = representFile(file, keptSourceOf(file), naming);
  const resource: KeptResource = new Resource(representation, {
    siblings: kept,
    isChoiceOpen,
    queue,
  });
  const watched = files.flatMap((each) => each.watched);
  return { kind: "keepable", resource, files: watched, gaps, hasNews };
}

/** Tells whether the content of a file is in memory. */
export function isSmall(file: FileEntry): file is SmallFile {
  return file.content !== undefined;
}

function isSmallSibling(sibling: SiblingFile): sibling is SiblingFile<SmallFile> {
  return isSmall(sibling.file);
}

function toSibling<S extends Source>({ coding, file }: SiblingFile, source: S): Sibling<S> {
  return { coding, bytes: file.bytes, source, etag: etagOf(file) };
}
