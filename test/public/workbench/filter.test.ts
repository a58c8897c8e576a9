import { describe, expect, test } from "bun:test";
import { hasText, isShown, parseFilter, searchText } from "../../../public/workbench/filter.js";
import { createLog } from "../../../public/workbench/log.js";
import { toMessage } from "../../../public/workbench/message.js";

const TIME = new Date(0);

describe("parseFilter()", () => {
  test.each([
    ["", { kind: "all" }],
    ["Hello ", { kind: "text", text: "hello " }],
    ["/", { kind: "text", text: "/" }],
    ["//", { kind: "text", text: "//" }],
    ["/a", { kind: "text", text: "/a" }],
    ["/a.b/", { kind: "expression", source: "a.b", flags: "" }],
    ["/a/b/i", { kind: "expression", source: "a/b", flags: "i" }],
    ["/a/giy", { kind: "expression", source: "a", flags: "i" }],
  ])("reads %j", (value, wanted) => {
    expect(parseFilter(value)).toEqual(wanted as ReturnType<typeof parseFilter>);
  });

  test.each(["/(/", "/a/zz", "/[b-a]/"])("says why %j is no expression", (value) => {
    expect(parseFilter(value)).toEqual({ kind: "invalid", fault: expect.stringMatching(/./) });
  });
});

test.each([
  ["Hello", "hell", true],
  ["Hello", "HELL", false], // parseFilter() has made it small
  ["", "a", false],
])("hasText(%j, %j) is %p", (text, wanted, answer) => {
  expect(hasText({ text: wanted }, text)).toBe(answer);
});

test.each([
  [{ text: "Connected" }, "Connected"],
  [{ message: toMessage("ß") }, "ß"],
  [{ message: toMessage(new Uint8Array([0x68, 0, 0xff])) }, "68 00 ff\nh\0\ufffd"],
])("searchText(%j) is %j", (entry, wanted) => {
  expect(searchText({ direction: "info", time: TIME, ...entry })).toBe(wanted);
});

describe("isShown()", () => {
  const sent = { direction: "sent" as const, time: TIME, message: toMessage("a") };
  const notice = { direction: "info" as const, time: TIME, text: "a" };
  test.each([
    ["all", true, true],
    ["messages", true, false],
    ["sent", true, false],
    ["received", false, false],
    ["info", false, true],
  ])("of %s", (show, isSentShown, isNoticeShown) => {
    const log = { ...createLog(), show };
    expect([isShown(log, sent), isShown(log, notice)]).toEqual([isSentShown, isNoticeShown]);
  });

  test("waits for the comparison with a filter, and lets all through if that is invalid", () => {
    const log = { ...createLog(), filter: { kind: "text" as const, text: "a" } };
    expect([undefined, false, true].map((isMatch) => isShown(log, { ...sent, isMatch }))).toEqual([
      false,
      false,
      true,
    ]);
    const invalid = { ...createLog(), filter: { kind: "invalid" as const, fault: "no" } };
    expect(isShown(invalid, sent)).toBe(true);
  });
});
