import { describe, expect, test } from "bun:test";
import { fillIn, hasPlaces } from "../../../public/workbench/fill-in.js";

const VALUES = { n: 7, now: new Date("2026-01-02T12:00:00.123Z") };

describe("fillIn()", () => {
  test.each([
    ["", ""],
    ["no place", "no place"],
    // Templates of others are left alone.
    [
      "{{ n }} {{name}} {n} {{random}} {{random:x}}",
      "{{ n }} {{name}} {n} {{random}} {{random:x}}",
    ],
    ["{{random:65537}}", "{{random:65537}}"],
    ["{{random:0}}", ""],
    ["{{n}}, {{n}}", "7, 7"],
    ['{"at":"{{now}}"}', '{"at":"2026-01-02T12:00:00.123Z"}'],
    ["{{{n}}}", "{7}"],
  ])("makes of %j %j", (template, wanted) => {
    expect(fillIn(template, VALUES)).toBe(wanted);
  });

  test("makes random texts of a length", () => {
    const [one = "", other = ""] = fillIn("{{random:16}} {{random:16}}", VALUES).split(" ");
    expect([one, other]).toEqual([
      expect.stringMatching(/^[\w-]{16}$/),
      expect.stringMatching(/^[\w-]{16}$/),
    ]);
    expect(one).not.toBe(other);
    expect(fillIn("{{random:65536}}", VALUES)).toHaveLength(65_536);
  });

  test("makes UUIDs of version 4", () => {
    expect(fillIn("{{uuid}}", VALUES)).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
  });
});

test.each([
  ["{{n}}", true],
  ["{{n}}", true], // a second look starts at the beginning, too
  ["{{name}}", false],
])("hasPlaces(%j) is %p", (template, wanted) => {
  expect(hasPlaces(template)).toBe(wanted);
});
