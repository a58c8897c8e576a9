import { randomBytes } from "node:crypto";
import { problemResponse } from "../../http/problem-response.ts";
import { formatContentRange, formatUnsatisfiedRange, type ByteRange } from "../../http/range.ts";
import { readRanges } from "../root/file-content.ts";
import { totalBytes, type Plan } from "./plan.ts";
import type { Representation } from "./representation.ts";
import type { SendingBudget } from "./sending-budget.ts";

/** How many bytes all answers of several ranges together may have on their way out. */
export const MAX_ALL_PARTS_BYTES = 64 * 1024 * 1024;

/**
 * Carries a plan out.
 *
 * @param parts what answers of several ranges are made within; beyond it they are the whole file
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

/** The whole representation, with the status of the answer it is part of: 200, or 404 for an error page. */
export function wholeResponse(
  request: Request,
  { source, headers, bytes }: Representation,
  status: 200 | 404,
): Response {
  if (source.kind === "memory") return new Response(source.body, { status, headers });
  // Bun would drop Content-Type from a HEAD whose body is a file on disk.
  if (request.method === "HEAD") return new Response(null, { status, headers });
  const body = Bun.file(source.lease.path);
  if (status !== 200 || !request.headers.has("range")) {
    return new Response(body, { status, headers });
  }
  // Bun 1.4.5 cuts a 200 from disk to the Range field by itself, also where If-Range or the field
  // forbids it, unless there is a Content-Range already. It means nothing on a 200 (RFC 9110 §14.4).
  const uncut = new Headers(headers);
  uncut.set("Content-Range", formatContentRange({ first: 0, last: bytes - 1 }, bytes));
  return new Response(body, { status, headers: uncut });
}

/** RFC 9110 §15.3.7.1. */
function partResponse({ source, headers, bytes }: Representation, range: ByteRange): Response {
  const partial = new Headers(headers);
  partial.set("Content-Range", formatContentRange(range, bytes));
  partial.set("Content-Length", String(range.last + 1 - range.first));
  const whole = source.kind === "memory" ? source.body : Bun.file(source.lease.path);
  const body = whole.slice(range.first, range.last + 1);
  return new Response(body, { status: 206, headers: partial });
}

/** RFC 9110 §15.3.7.2 and §14.6. */
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
  return ranges.map(({ first, last }) => source.body.slice(first, last + 1));
}
