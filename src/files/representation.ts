import type { ContentCoding } from "../http/accept-encoding.ts";
import { formatHttpDate } from "../http/date.ts";
import { mediaTypeOf } from "../http/media-type.ts";
import type { Validators } from "../http/validators.ts";
import type { FileEntry } from "./document-root.ts";

/** Where the bytes of a representation are. Below 1 MiB they are in memory. */
export type Source =
  | { readonly kind: "memory"; readonly body: Blob }
  | { readonly kind: "disk"; readonly path: string };

/** What a URL stands for at one moment: RFC 9110 §3.2. */
export interface Representation {
  readonly contentType: string;
  /** Length in bytes. */
  readonly bytes: number;
  readonly validators: Validators;
  /** The fields of a 200, validators, type and length among them. Shared: never to be changed. */
  readonly headers: Headers;
  readonly source: Source;
}

/** Header fields by name. */
export type Fields = Readonly<Record<string, string>>;

/**
 * A modification time up to this many nanoseconds after 1970 says nothing: reproducible builds and
 * image layers set 0 or 1 s on every file, so that two contents would share one date.
 */
const USELESS_UNTIL_NS = 1_000_000_000n;

const NS_PER_MS = 1_000_000n;

/** "Keep it, but ask": an edit shows at the next request, and most requests end in a 304. */
export const REVALIDATE: Fields = { "Cache-Control": "no-cache" };

/**
 * Represents a file by its content.
 *
 * @param name decides the media type; the name in the URL, not the one a link leads to
 * @param fields besides those that follow from the file: Cache-Control
 */
export function representFile(name: string, file: FileEntry, fields: Fields): Representation {
  return represent({
    contentType: mediaTypeOf(name),
    bytes: file.bytes,
    validators: validatorsOf(file),
    source: sourceOf(file),
    fields,
  });
}

/** A text made by the server: a listing, a page that ships with it. */
export function representText(text: string, contentType: string, fields: Fields): Representation {
  const body = new Blob([text]);
  return represent({
    contentType,
    bytes: body.size,
    validators: { etag: `"${digest(text)}"`, lastModifiedMs: undefined },
    source: { kind: "memory", body },
    fields,
  });
}

/**
 * The same content in a coding, under an ETag of its own (RFC 9110 §8.8.3.3).
 *
 * @param identity what it decodes to
 */
export function representCoded(
  identity: Representation,
  coding: ContentCoding,
  { bytes, source }: Pick<Representation, "bytes" | "source">,
): Representation {
  const etag = identity.validators.etag.replace(/"$/, `-${coding}"`);
  const headers = new Headers(identity.headers);
  headers.set("Content-Encoding", coding);
  headers.set("Content-Length", String(bytes));
  headers.set("ETag", etag);
  headers.delete("Content-Disposition");
  return { ...identity, bytes, source, headers, validators: { ...identity.validators, etag } };
}

/** Where the content of a file is to be had. */
export function sourceOf({ content, path }: Pick<FileEntry, "content" | "path">): Source {
  return content === undefined
    ? { kind: "disk", path }
    : { kind: "memory", body: new Blob([content]) };
}

function represent(
  parts: Omit<Representation, "headers"> & { readonly fields: Fields },
): Representation {
  const { contentType, bytes, validators, source, fields } = parts;
  const headers = new Headers({
    "Content-Type": contentType,
    "Content-Length": String(bytes),
    ETag: validators.etag,
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    ...fields,
  });
  if (validators.lastModifiedMs !== undefined) {
    headers.set("Last-Modified", formatHttpDate(validators.lastModifiedMs));
  }
  // Bun 1.4.5 gives these types, from disk, a Content-Disposition of its own: without the type
  // that RFC 6266 §4.1 demands, and with the name that a link leads to. Browsers save them anyway.
  if (contentType === "application/octet-stream") headers.set("Content-Disposition", "attachment");
  return { contentType, bytes, validators, source, headers };
}

/**
 * Strong validators where every change of content shows in them (RFC 9110 §8.8.1): the time of the
 * last modification and the size, without the inode, so that replicas of a tree agree. While
 * another change could leave the times as they are, the bytes themselves; and for a file too large
 * to be read for that, a weak ETag.
 */
function validatorsOf(file: FileEntry): Validators {
  const { fingerprint, bytes, content, lookupMs, isSettled } = file;
  const { modifiedNs, changedNs } = fingerprint;
  const size = bytes.toString(36);
  if (isSettled && modifiedNs > USELESS_UNTIL_NS) {
    // A time in the future is sent as now (RFC 9110 §8.8.2.1).
    const modifiedMs = Math.min(Number(modifiedNs / NS_PER_MS), lookupMs);
    const lastModifiedMs = Math.floor(modifiedMs / 1000) * 1000;
    return { etag: `"${modifiedNs.toString(36)}-${size}"`, lastModifiedMs };
  }
  if (content !== undefined) {
    return { etag: `"${digest(content)}-${size}"`, lastModifiedMs: undefined };
  }
  const etag = `"c${changedNs.toString(36)}-${size}"`;
  return { etag: isSettled ? etag : `W/${etag}`, lastModifiedMs: undefined };
}

/** 128 bits of SHA-256: no two contents are ever found to share it. */
function digest(content: string | Uint8Array<ArrayBuffer>): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("base64url").slice(0, 22);
}
