import { describe, expect, test } from "bun:test";
import type { SmallFile, FoundSiblings } from "../../../src/files/root/document-root.ts";
import type { SiblingQuestion } from "../../../src/files/content/sibling-check.ts";
import { SiblingVerdicts } from "../../../src/files/content/sibling-verdicts.ts";
import { systemError } from "../../../src/system/system-error.ts";

/** A file in the state of a given number. */
function fileOf(lookupPath: string, state = 1, isSettled = true): SmallFile {
  const time = BigInt(state);
  return {
    kind: "file",
    lookupPath,
    fingerprint: { device: 1n, inode: 2n, size: 3n, modifiedNs: time, changedNs: time },
    bytes: 3,
    content: new Uint8Array(3),
    lookupMs: 0,
    isSettled,
    watched: [],
    encoding: "unknown",
  };
}

const gzipOf = (file: SmallFile): FoundSiblings => ({
  siblings: [{ coding: "gzip", file }],
  gaps: [],
});

/** Verdicts whose checks end when a test says so. */
function makeVerdicts() {
  const asked: SiblingQuestion[] = [];
  const pending: PromiseWithResolvers<boolean | undefined>[] = [];
  const errors: unknown[] = [];
  const clock = { nowMs: 0 };
  let signal: AbortSignal | undefined;
  const verdicts = new SiblingVerdicts({
    check: (question, stopping) => {
      asked.push(question);
      signal = stopping;
      const answer = Promise.withResolvers<boolean | undefined>();
      pending.push(answer);
      return answer.promise;
    },
    logError: (error) => errors.push(error),
    now: () => clock.nowMs,
  });
  const nextCheck = async () => {
    await nextTurn();
    const next = pending.shift();
    if (next === undefined) throw new Error("nothing is checked");
    return next;
  };
  const answer = async (isGood: boolean | undefined) => {
    (await nextCheck()).resolve(isGood);
    await nextTurn();
  };
  const fail = async (error: unknown) => {
    (await nextCheck()).reject(error);
    await nextTurn();
  };
  const judge = (state = 1, path = "a") =>
    verdicts.judge(fileOf(path), gzipOf(fileOf(`${path}.gz`, state)));
  const paths = () => asked.map(({ sibling }) => sibling.lookupPath);
  return { verdicts, judge, answer, fail, paths, errors, clock, isStopped: () => signal?.aborted };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe("A4 SiblingVerdicts", () => {
  test("has nothing to say where there is no sibling", () => {
    const { verdicts } = makeVerdicts();
    const found = { siblings: [], gaps: [fileOf("a.gz")] };
    expect(verdicts.judge(fileOf("a"), found)).toEqual({ ...found, hasNews: undefined });
  });

  test("takes a sibling for a gap, without its content, until it is known to be good", async () => {
    const { judge, answer } = makeVerdicts();
    const before = judge();
    expect(before.siblings).toEqual([]);
    const { lookupPath, fingerprint } = fileOf("a.gz");
    expect(before.gaps).toEqual([{ lookupPath, fingerprint }]);
    expect(before.hasNews?.()).toBe(false);
    await answer(true);
    expect(before.hasNews?.()).toBe(true);
    const after = judge();
    expect(after.siblings.map(({ file }) => file.lookupPath)).toEqual(["a.gz"]);
    expect(after.gaps).toEqual([]);
    expect(after.hasNews).toBeUndefined();
  });

  test("takes a bad sibling for a gap, and asks no more", async () => {
    const { judge, answer, paths } = makeVerdicts();
    const before = judge();
    await answer(false);
    expect(before.hasNews?.()).toBe(true);
    const after = judge();
    expect(after.siblings).toEqual([]);
    expect(after.gaps.map(({ lookupPath }) => lookupPath)).toEqual(["a.gz"]);
    expect(after.hasNews).toBeUndefined();
    await nextTurn();
    expect(paths()).toEqual(["a.gz"]);
  });

  test("picks the good ones of several, in their order", async () => {
    const { verdicts, answer } = makeVerdicts();
    const found: FoundSiblings = {
      siblings: [
        { coding: "zstd", file: fileOf("a.zst") },
        { coding: "br", file: fileOf("a.br") },
        { coding: "gzip", file: fileOf("a.gz") },
      ],
      gaps: [],
    };
    const codings = () => verdicts.judge(fileOf("a"), found).siblings.map(({ coding }) => coding);
    expect(codings()).toEqual([]);
    await answer(true);
    expect(codings()).toEqual(["zstd"]);
    await answer(false);
    await answer(true);
    expect(codings()).toEqual(["zstd", "gzip"]);
  });

  test.each([
    ["the sibling", fileOf("a"), fileOf("a.gz", 2)],
    ["the file", fileOf("a", 2), fileOf("a.gz")],
  ])("asks anew when %s has changed", async (_, file, sibling) => {
    const { verdicts, judge, answer, paths } = makeVerdicts();
    judge();
    await answer(true);
    expect(judge().siblings).toHaveLength(1);
    expect(verdicts.judge(file, gzipOf(sibling)).siblings).toEqual([]);
    await answer(true);
    expect(verdicts.judge(file, gzipOf(sibling)).siblings).toHaveLength(1);
    expect(paths()).toEqual(["a.gz", "a.gz"]);
  });

  test.each([
    ["the sibling", fileOf("a"), fileOf("a.gz", 1, false)],
    ["the file", fileOf("a", 1, false), fileOf("a.gz")],
  ])("waits where %s may change without a trace, and is asked again", async (_, file, sibling) => {
    const { verdicts, judge, answer, paths, clock } = makeVerdicts();
    const { siblings, hasNews } = verdicts.judge(file, gzipOf(sibling));
    expect(siblings).toEqual([]);
    await nextTurn();
    expect(paths()).toEqual([]);
    expect(hasNews?.()).toBe(false);
    clock.nowMs += 1000;
    expect(hasNews?.()).toBe(true);
    judge();
    await answer(true);
    expect(judge().siblings).toHaveLength(1);
  });

  test("checks one at a time, in the order they were asked for", async () => {
    const { judge, answer, paths } = makeVerdicts();
    for (const path of ["a", "b", "c", "a"]) judge(1, path);
    await nextTurn();
    expect(paths()).toEqual(["a.gz"]);
    await answer(true);
    expect(paths()).toEqual(["a.gz", "b.gz"]);
    await answer(true);
    await answer(true);
    expect(paths()).toEqual(["a.gz", "b.gz", "c.gz"]);
    judge(1, "d");
    await answer(true);
    expect(judge(1, "d").siblings).toHaveLength(1);
  });

  test("asks about the state that is there, where the one that waited is gone", async () => {
    const { judge, answer, paths } = makeVerdicts();
    judge(1, "first");
    await nextTurn();
    const gone = judge(1);
    expect(gone.hasNews?.()).toBe(false);
    judge(2);
    expect(gone.hasNews?.()).toBe(true);
    await answer(true);
    await answer(true);
    expect(paths()).toEqual(["first.gz", "a.gz"]);
    expect(judge(2).siblings).toHaveLength(1);
  });

  test("lets no more than 1,000 wait, and takes up the others when they come again", async () => {
    const { judge, answer, paths, clock } = makeVerdicts();
    for (let index = 0; index < 1000; index++) judge(1, `${index}`);
    const late = judge(1, "late");
    expect(late.hasNews?.()).toBe(false);
    for (let index = 0; index < 1000; index++) await answer(true);
    expect(paths()).not.toContain("late.gz");
    clock.nowMs += 1000;
    expect(late.hasNews?.()).toBe(true);
    judge(1, "late");
    await answer(true);
    expect(judge(1, "late").siblings).toHaveLength(1);
  });

  test("keeps no more than 10,000 verdicts, the last ones used", async () => {
    const { judge, answer } = makeVerdicts();
    judge(1, "used");
    await answer(true);
    judge(1, "unused");
    await answer(true);
    for (let index = 0; index < 9999; index++) {
      judge(1, `${index}`);
      judge(1, "used");
      await answer(true);
    }
    expect(judge(1, "used").siblings).toHaveLength(1);
    expect(judge(1, "unused").siblings).toHaveLength(0);
  });

  test.each([
    ["changed meanwhile", undefined, 0],
    ["EMFILE", systemError("EMFILE", "too many open files"), 0],
    ["ENOENT", systemError("ENOENT", "no such file"), 0],
    ["EIO, which is told", systemError("EIO", "input/output error"), 1],
  ])("has no verdict after a check that failed: %s", async (_, error, told) => {
    const { judge, answer, fail, paths, errors, clock } = makeVerdicts();
    const before = judge();
    await (error === undefined ? answer(undefined) : fail(error));
    expect(errors).toHaveLength(told);
    expect(before.hasNews?.()).toBe(false);
    judge();
    await nextTurn();
    expect(paths()).toHaveLength(1);
    clock.nowMs += 1000;
    expect(before.hasNews?.()).toBe(true);
    expect(judge().siblings).toEqual([]);
    await answer(true);
    expect(judge().siblings).toHaveLength(1);
  });

  test("stops the check that is under way, and begins no other", async () => {
    const { verdicts, judge, fail, paths, errors, isStopped } = makeVerdicts();
    judge();
    judge(1, "b");
    await nextTurn();
    verdicts.stop();
    expect(isStopped()).toBe(true);
    await fail(new DOMException("aborted", "AbortError"));
    judge(1, "c");
    await nextTurn();
    expect(paths()).toEqual(["a.gz"]);
    expect(errors).toEqual([]);
  });
});
