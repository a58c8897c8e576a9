import { expect, test } from "bun:test";
import { logSparingly } from "../../src/observe/error-log.ts";
import { systemError } from "../../src/system/system-error.ts";

const FULL = systemError("EMFILE", "too many open files");
const FULL_EVERYWHERE = systemError("ENFILE", "file table overflow");
const BROKEN = systemError("EIO", "i/o error");

test("logSparingly() says once in ten seconds that the machine is exhausted, and all else at once", () => {
  const logged: unknown[] = [];
  const clock = { ms: 5 };
  const log = logSparingly(
    (error) => void logged.push(error),
    () => clock.ms,
  );
  for (const error of [FULL, FULL, BROKEN, BROKEN, FULL_EVERYWHERE, "thrown"]) log(error);
  expect(logged).toEqual([FULL, BROKEN, BROKEN, "thrown"]);
  clock.ms += 9_999;
  log(FULL);
  expect(logged.length).toBe(4);
  clock.ms += 1;
  log(FULL);
  log(FULL);
  expect(logged.slice(4)).toEqual([FULL]);
});
