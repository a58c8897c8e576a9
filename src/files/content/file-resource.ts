import type { Keepable, KeptResource } from "./content-cache.ts";
import type { FileEntry, SmallFile, Variant } from "../root/document-root.ts";
import { etagOf, representFile, sourceOf, type Fields, type SourceOf } from "./representation.ts";
import { Resource, type Sibling } from "./resource.ts";
import type { JudgedVariants } from "./sibling-verdicts.ts";

/** The resource of a file: one to keep, or one to make for each request. */
export type FileResource =
  | ({ readonly kind: "keepable" } & Keepable)
  | { readonly kind: "passing"; readonly resource: Resource };

/** The choices in how a file is represented. */
export interface FileResourceOptions {
  /** The name in the URL. */
  readonly name: string;
  /** The header fields that do not follow from the file. */
  readonly fields: Fields;
  /** The cache has room for the file. */
  readonly isWelcome: boolean;
}

/** Makes the resource of a file and its siblings: kept if they are in memory, and settled. */
export function resourceOfFile(
  file: FileEntry,
  { siblings, gaps, hasNews }: JudgedVariants,
  { name, fields, isWelcome }: FileResourceOptions,
): FileResource {
  const files = [file, ...siblings.map((sibling) => sibling.file)];
  const isChoiceOpen = hasNews !== undefined;
  const isKept = isWelcome && files.every(({ isSettled }) => isSettled);
  if (!isKept || !isSmall(file) || !siblings.every(isSmallVariant)) {
    const options = { siblings: siblings.map(toSibling), isKept: false, isChoiceOpen };
    const resource = new Resource(representFile(name, file, fields), options);
    return { kind: "passing", resource };
  }
  const options = { siblings: siblings.map(toSibling<SmallFile>), isChoiceOpen };
  const resource: KeptResource = new Resource(representFile(name, file, fields), options);
  const watched = files.flatMap((each) => each.watched);
  return { kind: "keepable", resource, files: watched, gaps, hasNews };
}

/** Tells whether the content of a file is in memory. */
export function isSmall(file: FileEntry): file is SmallFile {
  return file.content !== undefined;
}

function isSmallVariant(variant: Variant): variant is Variant<SmallFile> {
  return isSmall(variant.file);
}

function toSibling<F extends FileEntry>({ coding, file }: Variant<F>): Sibling<SourceOf<F>> {
  return { coding, bytes: file.bytes, source: sourceOf(file), etag: etagOf(file) };
}
