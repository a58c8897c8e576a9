import { expect, test } from "bun:test";
import {
  cameInCloseFrame,
  describeCloseCode,
  describeEnd,
  findCodeFault,
  findReasonFault,
} from "../../../public/workbench/close-codes.js";

test.each([
  [0, "not a valid close code"],
  [999, "not a valid close code"],
  [5000, "not a valid close code"],
  [1000, "normal closure"],
  [1006, "the browser saw no valid Close frame"],
  [1013, "try again later: the server is overloaded"],
  [1016, "reserved for the protocol"],
  [2999, "reserved for the protocol"],
  [3000, "unauthorized"],
  [3001, "registered use: a library or framework defines it"],
  [3999, "registered use: a library or framework defines it"],
  [4000, "private use: the application gives it its meaning"],
  [4999, "private use: the application gives it its meaning"],
])("describeCloseCode(%d) is %j", (code, meaning) => {
  expect(describeCloseCode(code)).toBe(meaning);
});

test.each([
  [1000, true],
  [1005, true], // the frame had no code
  [1006, false],
  [1012, true],
  [1015, false],
  [4000, true],
])("E2 cameInCloseFrame(%d) is %p", (code, answer) => {
  expect(cameInCloseFrame(code)).toBe(answer);
});

test.each([
  [1000, "", true, "Closed: 1000 · normal closure"],
  [1012, "back soon", true, "Closed: 1012 “back soon” · service restart"],
  [1006, "", true, "Closed: 1006 · the browser saw no valid Close frame"],
  [1005, "so it is", true, "Closed: 1005 “so it is” · a code that no Close frame may carry"],
  [1006, "", false, "Not connected: 1006 · the browser saw no valid Close frame"],
])("E2 describeEnd() of %d %j, open: %p", (code, reason, wasOpen, wanted) => {
  expect(describeEnd({ code, reason }, wasOpen)).toBe(wanted);
});

test.each([NaN, 0, 999, 1001, 1005, 2999, 3000.5, 5000])("findCodeFault(%d) has one", (code) => {
  expect(findCodeFault(code)).toStartWith("A page may close with 1000 or with 3000 to 4999");
});

test.each([1000, 3000, 4999])("findCodeFault(%d) has none", (code) => {
  expect(findCodeFault(code)).toBeUndefined();
});

test("findReasonFault() counts bytes, not characters (RFC 6455 §5.5)", () => {
  expect(findReasonFault("a".repeat(123))).toBeUndefined();
  expect(findReasonFault("a".repeat(124))).toBe(
    "A reason has room for 123 bytes; this one has 124.",
  );
  expect(findReasonFault("ß".repeat(61))).toBeUndefined();
  expect(findReasonFault("ß".repeat(62))).toBe(
    "A reason has room for 123 bytes; this one has 124.",
  );
});
