import { describe, expect, test } from "bun:test";
import { chooseCoding } from "../../src/http/accept-encoding.ts";
import { chooseMediaType } from "../../src/http/accept.ts";
import { parseHttpDate } from "../../src/http/date.ts";
import { escapeHtml, visibleText } from "../../src/http/html-escape.ts";
import { mediaTypeOf } from "../../src/http/media-type.ts";
import { evaluatePreconditions, isRangeCurrent } from "../../src/http/preconditions.ts";
import { renderProblem } from "../../src/http/problem.ts";
import { parseQualityList } from "../../src/http/quality.ts";
import { selectRange } from "../../src/http/range.ts";
import { parseEntityTags } from "../../src/http/validators.ts";

/**
 * Hostile fields of clients and names of files. No parser may throw or hang on them, and each has to
 * return a value of its promised shape. The time is not asserted; a parser that reads a long field
 * again and again would exceed the timeout of the test.
 */
const OFFERED = ["text/plain", "text/html"] as const;
const AVAILABLE = ["zstd", "br", "gzip"] as const;
const SIZE = 100;
const NOW = Date.UTC(2026, 10, 21);

/** Long fields, each of one character or pattern that invites a parser to begin anew. */
const LENGTH = 64 * 1024;
const LONG_FIELDS = [
  ...[",", " ", "\t", '"', "\\", ";", "*", "-", "0", "a", "\u00ff", "\ud800"],
  ...[", ", ' "', "W/", '"a",', '"\\', "a;q=0,", "a;", ';x="', "0-0,", "-1,", "\t,", "bytes="],
].map((pattern) => pattern.repeat(LENGTH / pattern.length));

/** Pieces of honest fields: put together at random, they come near to being valid. */
const PIECES = [
  ...["bytes=", "0-", "-5", "7-9", "99", ",", ", ", ";", "=", "-", " ", "\t", '"', "\\", "*", "/"],
  ...["W/", '"v1"', "gzip", "br", "identity", "text/html", "text/*", "*/*", "q=0", "q=0.5", "q="],
  ...["Sun", "Sunday", "06 Nov 1994", "06-Nov-94", "Nov  6", "08:49:37", "23:59:60", "GMT", "1994"],
  ...["\0", "\r\n", "\u202e", "\ud800", "\u00e9", ".", "html", "svg", "<", "&", "__proto__"],
];

describe("no hostile field or name breaks its parser", () => {
  test.each(LONG_FIELDS.map((field) => [field.slice(0, 8), field] as const))(
    "64 KiB that begin with %j",
    (_beginning, field) => {
      expectPromisedShapes(field);
      expectPromisedShapes(`bytes=${field}x`);
    },
  );

  test("20,000 random fields out of pieces of honest ones", () => {
    let seed = 11;
    // Lehmer's generator: the same fields in every run.
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 20_000; round++) {
      const pieces = Array.from({ length: random(9) }, () => PIECES[random(PIECES.length)]);
      expectPromisedShapes(pieces.join(""));
    }
  });
});

function expectPromisedShapes(field: string): void {
  expectPromisedDateAndTags(field);
  expectPromisedOutcomes(field);
  expectPromisedChoices(field);
  expectPromisedText(field);
}

function expectPromisedDateAndTags(field: string): void {
  const ms = parseHttpDate(field, NOW);
  expect(ms === undefined || ms % 1000 === 0).toBe(true);
  const tags = parseEntityTags(field);
  const isTags = Array.isArray(tags) && tags.every((tag) => /^(?:W\/)?"[^"\s]*"$/.test(tag));
  expect(tags === undefined || tags === "*" || isTags).toBe(true);
}

function expectPromisedOutcomes(field: string): void {
  const validators = { etag: '"v1"', lastModifiedMs: 784111777000 };
  const fields = {
    ifMatch: undefined,
    ifUnmodifiedSince: field,
    ifNoneMatch: field,
    ifModifiedSince: field,
  };
  expect(evaluatePreconditions(fields, validators)).toBeOneOf([
    "proceed",
    "not-modified",
    "precondition-failed",
  ]);
  expect(isRangeCurrent(field, validators)).toBeBoolean();
  const { kind } = selectRange(field, SIZE);
  expect(kind).toBeOneOf(["whole", "single", "multiple", "unsatisfiable"]);
}

function expectPromisedChoices(field: string): void {
  for (const { value, quality } of parseQualityList(field)) {
    if (value === "" || !(quality >= 0 && quality <= 1)) throw new Error(`${value};q=${quality}`);
  }
  expect(chooseMediaType(field, OFFERED)).toBeOneOf([undefined, ...OFFERED]);
  expect(chooseCoding(field, AVAILABLE)).toBeOneOf([undefined, "identity", ...AVAILABLE]);
  expect(renderProblem(404, field, 0).body).not.toBeEmpty();
}

/** Names come from the disk: none may break a line, a header or markup. */
function expectPromisedText(name: string): void {
  expect(mediaTypeOf(name)).toMatch(/^[a-z]+\/[\w.+-]+(?:; charset=utf-8)?$/);
  const shown = escapeHtml(visibleText(name));
  expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}<>"']/u);
}
