import type { ContentCoding } from "../../http/accept-encoding.ts";
import { formatHttpDate } from "../../http/date.ts";
import { mediaTypeOf, OCTETS } from "../../http/media-type.ts";
import type { Validators } from "../../http/validators.ts";
import type { FileEntry, LargeFile, SmallFile } from "../root/document-root.ts";
import type { Lease } from "../root/lease.ts";
import type { Watched } from "../root/watched.ts";

/** Bytes in memory that may be kept, such as those of a file below 1 MiB. */
export interface MemorySource {
  readonly kind: "memory";
  readonly body: Blob;
}

/** Bytes in memory for one answer, which copies them (Bun: bytes-copied). */
export interface PassingSource {
  readonly kind: "passing";
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Bytes on disk, which can be read until the event loop turns. */
export interface LeasedSource {
  readonly kind: "lease";
  readonly lease: Lease;
  /** The file in the state of its lookup. */
  readonly file: Watched;
}

/** The place of the bytes of a representation. */
export type Source = MemorySource | PassingSource | LeasedSource;

/**
 * The content of a URL at one moment, with its metadata: RFC 9110 §3.2. A representation may be
 * kept if its source is a `MemorySource`; otherwise it is for one answer only.
 */
export interface Representation<S extends Source = Source> {
  readonly contentType: string;
  /** Length in bytes. */
  readonly bytes: number;
  readonly validators: Validators;
  /** The fields of a 200, including validators, type and length. Shared: never change them. */
  readonly headers: Headers;
  /** The fields of a 304, made beforehand to save a fifth of its cost. Shared likewise. */
  readonly notModified: Headers;
  readonly source: S;
}

/** Header fields by name. */
export type Fields = Readonly<Record<string, string>>;

/**
 * The latest modification time, in nanoseconds after 1970, that says nothing: reproducible builds
 * and image layers set 0 or 1 s on every file, so that two contents would share one date.
 */
const USELESS_UNTIL_NS = 1_000_000_000n;

const NS_PER_MS = 1_000_000n;

/** The least difference (ns) of ctime and mtime if a tool has set mtime: writing sets both. */
const SET_BY_TOOL_NS = 2_000_000_000n;

/**
 * The field that lets clients keep an answer, but has them ask before each use: an edit shows at the next
 * request, and most requests end in a 304.
 */
export const REVALIDATE: Fields = { "Cache-Control": "no-cache" };

/** The choices in how a file is represented. */
export interface FileNaming {
  /** Decides the media type; the name in the URL, not that of the target of a link. */
  readonly name: string;
  /** The header fields that do not follow from the file: Cache-Control. */
  readonly fields: Fields;
}

/**
 * Represents a file by its content.
 *
 * @param source the place of that content
 */
export function representFile<S extends Source>(
  file: FileEntry,
  source: S,
  { name, fields }: FileNaming,
): Representation<S> {
  return represent({
    contentType: mediaTypeOf(name, file.encoding),
    bytes: file.bytes,
    validators: validatorsOf(file),
    source,
    fields,
  });
}

/** Represents a text that the server has made: a listing, or a page that ships with it. */
export function representText(
  text: string,
  contentType: string,
  fields: Fields,
): Representation<MemorySource> {
  const body = new Blob([text]);
  return represent({
    contentType,
    bytes: body.size,
    validators: { etag: `"${digest(text)}"`, lastModifiedMs: undefined },
    source: { kind: "memory", body },
    fields,
  });
}

/** A file in the state of its lookup, without its content. */
export type FileState = Pick<FileEntry, "fingerprint" | "isSettled" | "lookupMs" | "bytes">;

/**
 * Represents bytes that were made of a file, such as a thumbnail.
 *
 * @param form tells what was made, as a part of the ETag
 */
export function representMade(
  file: FileState,
  { form, content, contentType }: MadeBytes,
  fields: Fields,
): Representation<PassingSource> {
  const validators = { etag: etagOfMade(file, form), lastModifiedMs: lastModifiedOf(file) };
  const source = { kind: "passing", content } as const;
  return represent({ contentType, bytes: content.length, validators, source, fields });
}

/** Bytes that were made of a file. */
export interface MadeBytes extends Pick<PassingSource, "content"> {
  /** The way in which they were made. */
  readonly form: string;
  readonly contentType: string;
}

/**
 * Returns the ETag of bytes that are made of a file, which is known before they are made. It is weak, as
 * other processors may make other bytes. As long as another change could leave the times as they are, it
 * is for one answer only.
 */
export function etagOfMade(file: FileState, form: string): string {
  const moment = file.isSettled ? "" : `-${file.lookupMs.toString(36)}`;
  return `W/"${timesOf(file)}-${form}${moment}"`;
}

/** The bytes of a representation, and the ETag of the file that they are or are made of. */
export interface CodedBytes<S extends Source> extends Pick<Representation<S>, "bytes" | "source"> {
  readonly etag: string;
}

/**
 * Represents the same content in a coding, with an ETag of its own (RFC 9110 §8.8.3.3). That is
 * made of a sibling's, as ranges of siblings are served: compressed again, the same content may
 * have other bytes.
 *
 * @param identity the decoded content
 */
export function representCoded<S extends Source>(
  identity: Representation,
  coding: ContentCoding,
  { bytes, source, etag: uncoded }: CodedBytes<S>,
): Representation<S> {
  const etag = uncoded.replace(/"$/, `-${coding}"`);
  const headers = new Headers(identity.headers);
  headers.set("Content-Encoding", coding);
  headers.set("Content-Length", String(bytes));
  headers.set("ETag", etag);
  setDisposition(headers, identity.contentType, source);
  const validators = { ...identity.validators, etag };
  return withHeaders({ ...identity, bytes, source, validators }, headers);
}

/** Adds Accept-Encoding to Vary, beside the names that it has (RFC 9110 §12.5.5). */
export function varying<S extends Source>(representation: Representation<S>): Representation<S> {
  const headers = new Headers(representation.headers);
  headers.append("Vary", "Accept-Encoding");
  return withHeaders(representation, headers);
}

function withHeaders<S extends Source>(
  parts: Omit<Representation<S>, "headers" | "notModified">,
  headers: Headers,
): Representation<S> {
  return { ...parts, headers, notModified: notModifiedHeaders(headers) };
}

/** RFC 9110 §15.4.5: fields that help a cache to keep its answer, and none about the content. */
const NOT_MODIFIED_FIELDS = ["ETag", "Last-Modified", "Cache-Control", "Vary"] as const;

function notModifiedHeaders(headers: Headers): Headers {
  const kept = new Headers();
  for (const name of NOT_MODIFIED_FIELDS) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}

/** Copies the content of a small file, so that it can be kept. */
export function keptSourceOf({ content }: SmallFile): MemorySource {
  return { kind: "memory", body: new Blob([content]) };
}

/** Returns the place of a file's content for one answer. */
export function passingSourceOf(file: FileEntry): PassingSource | LeasedSource {
  return file.content === undefined
    ? { kind: "lease", lease: file.lease, file }
    : { kind: "passing", content: file.content };
}

function represent<S extends Source>(
  parts: Omit<Representation<S>, "headers" | "notModified"> & { readonly fields: Fields },
): Representation<S> {
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
  setDisposition(headers, contentType, source);
  return withHeaders({ contentType, bytes, validators, source }, headers);
}

/**
 * Sets Content-Disposition (RFC 6266), without a name: a client takes the one in the URL.
 *
 * Bun gives most types from disk a field of its own, with the number of the descriptor as a name,
 * unless there is one already (Bun: own-disposition). Browsers save an octet-stream in any case.
 */
function setDisposition(headers: Headers, contentType: string, source: Source): void {
  if (contentType === OCTETS) headers.set("Content-Disposition", "attachment");
  else if (source.kind === "lease") headers.set("Content-Disposition", "inline");
  else headers.delete("Content-Disposition");
}

/**
 * Makes the validators of a file (RFC 9110 §8.8), without its inode, so that replicas of a tree
 * agree.
 *
 * Times can lie: `rsync -t`, `cp -p`, archives and reproducible builds give new content an old
 * time. So the ETag of a file in memory is a digest of its bytes. The ETag of a larger file is made
 * of mtime and size, and also of ctime if a tool has set mtime. It is weak as long as another
 * change could leave the times as they are.
 */
function validatorsOf(file: FileEntry): Validators {
  return { etag: etagOf(file), lastModifiedMs: lastModifiedOf(file) };
}

/** Returns the ETag of a file, without any coding. */
export function etagOf(file: FileEntry): string {
  return file.content === undefined ? etagOfTimes(file) : `"${digest(file.content)}"`;
}

function etagOfTimes(file: LargeFile): string {
  const etag = `"${timesOf(file)}"`;
  return file.isSettled ? etag : `W/${etag}`;
}

/** Writes the times and the size of a file down. */
function timesOf({ fingerprint, bytes }: FileState): string {
  const { modifiedNs, changedNs } = fingerprint;
  const isSet = changedNs - modifiedNs > SET_BY_TOOL_NS || modifiedNs - changedNs > SET_BY_TOOL_NS;
  const times = isSet ? [modifiedNs, changedNs] : [modifiedNs];
  return [...times, BigInt(bytes)].map((each) => each.toString(36)).join("-");
}

/**
 * Returns whole seconds, in milliseconds, at least a second before the lookup, as Bun's Date may be
 * behind by one (Bun: date-behind), and must not be earlier (RFC 9110 §8.8.2.1).
 *
 * @returns `undefined` if the time says nothing
 */
function lastModifiedOf({ fingerprint, isSettled, lookupMs }: FileState): number | undefined {
  const { modifiedNs } = fingerprint;
  if (!isSettled || modifiedNs <= USELESS_UNTIL_NS) return undefined;
  const modifiedMs = Math.min(Number(modifiedNs / NS_PER_MS), lookupMs - 1000);
  return Math.floor(modifiedMs / 1000) * 1000;
}

/** Returns 128 bits of SHA-256: nobody will ever find two contents that share it. */
function digest(content: string | Uint8Array<ArrayBuffer>): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("base64url").slice(0, 22);
}
