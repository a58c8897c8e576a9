/** A test that times out beside a program; `test/leave-nothing.test.ts` runs it. */
import { test } from "bun:test";

const { promise: never } = Promise.withResolvers<void>();

test("times out", async () => {
  Bun.spawn(["cat"], { stdin: "pipe" });
  await never;
}, 1);
