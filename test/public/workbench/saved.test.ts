import { describe, expect, test } from "bun:test";
import { addSaved, parseSaved } from "../../../public/workbench/saved.js";

const ITEM = { format: "text", text: "hello" };

describe("addSaved()", () => {
  test("keeps messages in the order of their names, and replaces one of the same name", () => {
    const saved = { b: ITEM, d: ITEM };
    const added = addSaved(saved, "c", { ...ITEM, text: "c" });
    expect(added).toEqual({
      kind: "saved",
      saved: { b: ITEM, c: { ...ITEM, text: "c" }, d: ITEM },
    });
    expect(Object.keys(added.kind === "saved" ? added.saved : {})).toEqual(["b", "c", "d"]);
    expect(addSaved({ b: ITEM }, "b", { format: "hex", text: "00" })).toEqual({
      kind: "saved",
      saved: { b: { format: "hex", text: "00" } },
    });
  });

  test.each([
    ["", "x", "Give the message a name."],
    ["x".repeat(61), "x", "A name has at most 60 characters."],
    ["long", "x".repeat(2 * 1024 * 1024), "There is no room for it"],
  ])("refuses the name %j", (name, text, fault) => {
    const added = addSaved({}, name, { format: "text", text });
    expect(added).toEqual({ kind: "fault", text: expect.stringContaining(fault) });
  });
});

test.each([
  [null, {}],
  ["", {}],
  ["{", {}],
  ["5", {}],
  ['{"a":null}', {}],
  ['{"a":{"format":1,"text":2}}', { a: { format: "1", text: "2" } }],
])("parseSaved(%j) is %j, whatever is in the storage", (json, wanted) => {
  expect(parseSaved(json)).toEqual(wanted);
});
