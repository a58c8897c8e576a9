import { describe, expect, test } from "bun:test";
import { pick } from "./pick.ts";

const ALL = ["1k", "15m", "rest"].map((key) => ({ key }));

describe("pick()", () => {
  test.each(["", "2k", "1k,", "1k, 15m"])("refuses %j and says what there is", (list) =>
    expect(() => pick(ALL, list)).toThrow("is none of 1k, 15m, rest"),
  );
  test.each([
    [undefined, ["1k", "15m", "rest"]],
    ["15m", ["15m"]],
    ["rest,1k", ["rest", "1k"]],
  ])("%j", (list, keys) => expect(pick(ALL, list).map(({ key }) => key)).toEqual(keys));
});
