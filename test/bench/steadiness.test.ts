import { describe, expect, test } from "bun:test";
import { growthOf, summarize } from "./steadiness.ts";

const warm = { memoryMb: 150, openFiles: 60 };

describe("growthOf()", () => {
  test.each([
    ["the memory is not known", { memoryMb: Number.NaN, openFiles: 60 }, ["memory"]],
    ["the memory has grown", { memoryMb: 191, openFiles: 60 }, ["memory"]],
    ["files were left open", { memoryMb: 150, openFiles: 81 }, ["open files"]],
    ["both", { memoryMb: 500, openFiles: 500 }, ["memory", "open files"]],
    ["it is as before", { memoryMb: 190, openFiles: 80 }, []],
    ["it has shrunk", { memoryMb: 10, openFiles: 10 }, []],
  ])("%s", (_, last, expected) => expect(growthOf(warm, last)).toEqual(expected));
});

test("summarize() takes no notice of a peak", () => {
  const looks = [100, 400, 110, 105, 101].map((memoryMb) => ({ memoryMb, openFiles: memoryMb }));
  expect(summarize(3, looks)).toEqual({ minute: 3, memoryMb: 105, openFiles: 105 });
});
