import { closeSync, fstatSync } from "node:fs";
import type { DocumentRoot, FileEntry } from "../root/document-root.ts";
import { FileReader } from "../root/file-reader.ts";
import { fingerprintOf, isSameState } from "../root/watched.ts";

/** A file in the state of its lookup. */
export type FoundPicture = Pick<FileEntry, "lookupPath" | "fingerprint">;

/**
 * Reads a whole file on the thread pool, through the descriptor whose place was checked.
 *
 * @returns `undefined` if the file is no longer in that state, or leaves it while it is read
 * @throws file-system errors
 */
export async function readPicture(
  root: DocumentRoot,
  { lookupPath, fingerprint }: FoundPicture,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const opened = root.openContained(lookupPath);
  if (opened === undefined) return undefined;
  const { descriptor, stats } = opened;
  if (!isSameState(fingerprintOf(stats), fingerprint)) {
    closeSync(descriptor);
    return undefined;
  }
  await using reader = new FileReader(descriptor, Number(stats.size));
  const bytes = await reader.read(0, reader.bytes);
  const after = fingerprintOf(fstatSync(descriptor, { bigint: true }));
  return isSameState(after, fingerprint) ? bytes : undefined;
}
