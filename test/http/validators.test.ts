import { describe, expect, test } from "bun:test";
import { matchesStrongly, matchesWeakly, parseEntityTags } from "../../src/http/validators.ts";

describe("parseEntityTags() (RFC 9110 §8.8.3, §13.1.1)", () => {
  test.each([
    "",
    " ",
    ",",
    "a",
    '"a',
    'a"',
    '""a',
    'w/"a"',
    'W/ "a"',
    'W"a"',
    '"a b"',
    '"a""b"',
    '"a" "b"',
    '"a";"b"',
    '"a", *',
    '*, "a"',
    "**",
    // No white space of RFC 9110 §5.6.3.
    "\u00a0*",
    '"a", b',
    '"\u0000"',
    '"\u007f"',
  ])("refuses %j", (field) => {
    expect(parseEntityTags(field)).toBeUndefined();
  });

  test.each([
    ["*", "*"],
    [" * ", "*"],
    ['"a"', ['"a"']],
    ['""', ['""']],
    ['W/"a"', ['W/"a"']],
    ['"a", W/"b"\t,"c"', ['"a"', 'W/"b"', '"c"']],
    [' , "a",, ,"b", ', ['"a"', '"b"']],
    ['"a,b", "W/c"', ['"a,b"', '"W/c"']],
    ['"\u00e9"', ['"\u00e9"']],
  ] as const)("reads %j", (field, tags) => {
    expect(parseEntityTags(field) as unknown).toEqual(tags);
  });

  test("takes a long hostile field without going over it again and again", () => {
    expect(parseEntityTags(`${", ".repeat(30_000)}x`)).toBeUndefined();
    expect(parseEntityTags('"a",'.repeat(10_000))).toHaveLength(10_000);
  });
});

/** The table of RFC 9110 §8.8.3.2. */
test.each([
  ['W/"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"2"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', 'W/"1"', false, true],
  ['"1"', '"1"', true, true],
  ['"1"', '"2"', false, false],
])("%s and %s match strongly: %p, weakly: %p", (one, other, strongly, weakly) => {
  expect(matchesStrongly(one, other)).toBe(strongly);
  expect(matchesWeakly(one, other)).toBe(weakly);
});
