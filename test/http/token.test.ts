import { expect, test } from "bun:test";
import { hasToken } from "../../src/http/token.ts";

test.each([
  [null, false],
  ["", false],
  [",", false],
  ["not-close", false],
  ["close-not", false],
  ["cl,ose", false],
  ["close;x", false],
  ["close", true],
  ["CLOSE", true],
  [" close\t", true],
  [",,x , Close", true],
])("hasToken(%j) is %j (RFC 9110 §5.6.1)", (field, has) => {
  expect(hasToken(field, "close")).toBe(has);
});
