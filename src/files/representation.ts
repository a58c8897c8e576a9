import { mediaTypeOf } from "../http/media-type.ts";
import { formatHttpDate } from "../http/date.ts";
import type { Validators } from "../http/validators.ts";
import type { FileEntry } from "./document-root.ts";

/** Where the bytes of a representation are. Below 1 MiB they are in memory. */
export type Source =
  | { readonly kind: "memory"; readonly body: Blob }
  | { readonly kind: "disk"; readonly path: string };

/** What a URL stands for at one moment: RFC 9110 §3.2. */
export interface Representation {
  /** Length in bytes. */
  readonly bytes: number;
  readonly validators: Validators;
  /** The fields of a 200, validators and Content-Type among them. Shared: never to be changed. */
  readonly headers: Headers;
  readonly source: Source;
}

/**
 * A modification time up to this many nanoseconds after 1970 says nothing: reproducible builds and
 * image layers set 0 or 1 s on every file, so that two contents would share one date.
 */
const USELESS_UNTIL_NS = 1_000_000_000n;

/**
 * Represents a file by its content.
 *
 * @param name decides the media type; the name in the URL, not the one a link leads to
 */
export function representFile(name: string, file: FileEntry): Representation {
  const contentType = mediaTypeOf(name);
  const source: Source =
    file.content === undefined
      ? { kind: "disk", path: file.path }
      : { kind: "memory", body: new Blob([file.content]) };
  const validators = validatorsOf(file);
  const headers = representationHeaders(contentType, validators);
  return { bytes: file.bytes, validators, headers, source };
}

/** A text made by the server: a listing, a page that ships with it. */
export function representText(
  text: string,
  contentType: string,
  extraHeaders: Readonly<Record<string, string>> = {},
): Representation {
  const body = new Blob([text]);
  const validators = { etag: `"${digest(text)}"`, lastModifiedMs: undefined };
  const headers = representationHeaders(contentType, validators);
  for (const [name, value] of Object.entries(extraHeaders)) headers.set(name, value);
  return { bytes: body.size, validators, headers, source: { kind: "memory", body } };
}

function representationHeaders(contentType: string, validators: Validators): Headers {
  const headers = new Headers({
    "Content-Type": contentType,
    ETag: validators.etag,
    // "Keep it, but ask": an edit shows at the next request, and most requests end in a 304.
    "Cache-Control": "no-cache",
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
  });
  if (validators.lastModifiedMs !== undefined) {
    headers.set("Last-Modified", formatHttpDate(validators.lastModifiedMs));
  }
  // Bun 1.4.5 gives these types, from disk, a Content-Disposition of its own: without the type
  // that RFC 6266 §4.1 demands, and with the name that a link leads to. Browsers save them anyway.
  if (contentType === "application/octet-stream") headers.set("Content-Disposition", "attachment");
  return headers;
}

/**
 * Strong validators: every change of content that the file system can tell changes the ETag
 * (RFC 9110 §8.8.1). The inode is left out, so that replicas of a tree agree.
 */
function validatorsOf(file: FileEntry): Validators {
  if (file.modifiedNs > USELESS_UNTIL_NS) {
    return {
      etag: `"${file.modifiedNs.toString(36)}-${file.bytes.toString(36)}"`,
      lastModifiedMs: Number(file.modifiedNs / 1_000_000_000n) * 1000,
    };
  }
  // Too large to be read for every request: the time of the last change of the inode is as
  // truthful, only not the same on another machine.
  const content =
    file.content === undefined ? `c${file.changedNs.toString(36)}` : digest(file.content);
  return { etag: `"${content}-${file.bytes.toString(36)}"`, lastModifiedMs: undefined };
}

/** 128 bits of SHA-256: no two contents are ever found to share it. */
function digest(content: string | Uint8Array<ArrayBuffer>): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("base64url").slice(0, 22);
}
