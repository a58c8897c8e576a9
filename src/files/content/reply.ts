import { randomBytes } from "node:crypto";
import { problemResponse } from "../../http/problem-response.ts";
import { formatContentRange, formatUnsatisfiedRange, type ByteRange } from "../../http/range.ts";
import { readRanges } from "../root/file-content.ts";
import { totalBytes, type Plan } from "./plan.ts";
import type { Representation, Source } from "./representation.ts";
import type { SendingBudget } from "./sending-budget.ts";

/** The most bytes that all answers of several ranges together may have on their way out. */
export const MAX_ALL_PARTS_BYTES = 64 * 1024 * 1024;

/**
 * Makes the answer that a plan decides on.
 *
 * @param parts the budget of answers of several ranges; beyond it the answer is the whole file
 */
export function reply(
  request: Request,
  representation: Representation,
  plan: Plan,
  parts: SendingBudget,
): Response {
  switch (plan.kind) {
    case "whole":
      return wholeResponse(request, representation, 200);
    case "part":
      return partResponse(representation, plan.range);
    case "parts":
      return parts.take(totalBytes(plan.ranges), request)
        ? partsResponse(representation, plan.ranges)
        : wholeResponse(request, representation, 200);
    case "not-modified":
      return new Response(null, { status: 304, headers: representation.notModified });
    case "precondition-failed":
      return problemResponse(request, 412);
    case "unsatisfiable":
      return problemResponse(request, 416, {
        "Content-Range": formatUnsatisfiedRange(representation.bytes),
      });
    default:
      return plan satisfies never;
  }
}

/** Answers with the whole representation: with 200, or with 404 as an error page. */
export function wholeResponse(
  request: Request,
  { source, headers, bytes }: Representation,
  status: 200 | 404,
): Response {
  if (source.kind === "memory") return new Response(source.body, { status, headers });
  // A body costs an open, and of a file that is gone the length would be 0 (Bun: head-of-missing).
  if (request.method === "HEAD") return new Response(null, { status, headers });
  if (source.kind === "passing") return new Response(source.content, { status, headers });
  const body = Bun.file(source.lease.path);
  if (status !== 200 || !request.headers.has("range")) {
    return new Response(body, { status, headers });
  }
  // Bun cuts a 200 from disk by any Range field, also where If-Range has a date or the field is
  // malformed, unless there is a Content-Range (Bun: range-recut). That means nothing on a 200
  // (RFC 9110 §14.4).
  const uncut = new Headers(headers);
  uncut.set("Content-Range", formatContentRange({ first: 0, last: bytes - 1 }, bytes));
  return new Response(body, { status, headers: uncut });
}

/** Answers with one range: RFC 9110 §15.3.7.1. Bun sends it as it is (Bun: explicit-206). */
function partResponse({ source, headers, bytes }: Representation, range: ByteRange): Response {
  const partial = new Headers(headers);
  partial.set("Content-Range", formatContentRange(range, bytes));
  partial.set("Content-Length", String(range.last + 1 - range.first));
  const body = partOf(source, range);
  return new Response(body, { status: 206, headers: partial });
}

function partOf(source: Source, { first, last }: ByteRange): Blob | Uint8Array<ArrayBuffer> {
  switch (source.kind) {
    case "memory":
      return source.body.slice(first, last + 1);
    case "passing":
      return source.content.subarray(first, last + 1);
    case "lease":
      return Bun.file(source.lease.path).slice(first, last + 1);
    default:
      return source satisfies never;
  }
}

/** Answers with several ranges: RFC 9110 §15.3.7.2 and §14.6. */
function partsResponse(representation: Representation, ranges: readonly ByteRange[]): Response {
  const { headers, contentType, bytes } = representation;
  const boundary = randomBytes(16).toString("hex"); // nobody can put it into a file beforehand
  const contents = contentsOf(representation, ranges);
  const parts = ranges.flatMap((range, index) => [
    `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\n`,
    `Content-Range: ${formatContentRange(range, bytes)}\r\n\r\n`,
    contents[index] ?? "",
  ]);
  const partial = new Headers(headers);
  partial.set("Content-Type", `multipart/byteranges; boundary=${boundary}`);
  partial.delete("Content-Disposition");
  const body = new Blob([...parts, `\r\n--${boundary}--\r\n`]);
  partial.set("Content-Length", String(body.size));
  return new Response(body, { status: 206, headers: partial });
}

function contentsOf({ source }: Representation, ranges: readonly ByteRange[]) {
  if (source.kind === "lease") return readRanges(source.lease.path, ranges);
  const whole = source.kind === "memory" ? source.body : source.content;
  return ranges.map(({ first, last }) => whole.slice(first, last + 1));
}
