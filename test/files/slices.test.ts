import { expect, test } from "bun:test";
import { doInSlices } from "../../src/files/slices.ts";

test("doInSlices() returns what is done at once, at once", () => {
  function* work() {
    yield;
    return 42;
  }
  expect(doInSlices(work())).toBe(42);
});

test("doInSlices() lets the event loop run while there is more to do", async () => {
  let isOver = false;
  let turns = 0;
  function* work() {
    // As long as it takes for the loop to turn a few times: it never would, without slices.
    while (turns < 3) yield;
    isOver = true;
    return "done";
  }
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  const result = doInSlices(work());
  setImmediate(count);
  expect(result).toBeInstanceOf(Promise);
  expect(await result).toBe("done");
});

test("doInSlices() passes on what the work throws, at once or later", () => {
  function* failing(steps: number) {
    const end = performance.now() + steps;
    while (performance.now() < end) yield;
    throw new Error("broken");
  }
  expect(() => doInSlices(failing(0))).toThrow("broken");
  expect(async () => await doInSlices(failing(50))).toThrow("broken");
});
