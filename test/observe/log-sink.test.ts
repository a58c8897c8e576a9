import { describe, expect, test } from "bun:test";
import { LogSink } from "../../src/observe/log-sink.ts";

/** A reader that takes a write only when the test lets it. */
function setUp(maxWaitingBytes?: number) {
  const writes: { text: string; done: (error: Error | null, written: number) => void }[] = [];
  const sink = new LogSink({
    write: (bytes, done) => writes.push({ text: Buffer.from(bytes).toString("latin1"), done }),
    formatDropped: (lines) => `${lines} dropped\n`,
    ...(maxWaitingBytes === undefined ? {} : { maxWaitingBytes }),
  });
  const texts = () => writes.map(({ text }) => text);
  /** Lets the last write go as a whole, or as far as said. */
  const take = (written = writes.at(-1)?.text.length ?? 0) => writes.at(-1)?.done(null, written);
  const fail = (code: string, written = 0) =>
    writes.at(-1)?.done(Object.assign(new Error(code), { code }), written);
  return { sink, texts, take, fail };
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  const pending = Symbol();
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

describe("LogSink", () => {
  test("writes lines that come together with one write", () => {
    const { sink, texts } = setUp();
    sink.add(["a\n", "b\n"]);
    expect(texts()).toEqual(["a\nb\n"]);
  });

  test("has one write under way, and then writes all that has come meanwhile", () => {
    const { sink, texts, take } = setUp();
    for (const line of ["a\n", "b\n", "c\n"]) sink.add([line]);
    expect(texts()).toEqual(["a\n"]);
    take();
    expect(texts()).toEqual(["a\n", "b\nc\n"]);
    take();
    expect(texts().length).toBe(2);
  });

  test("goes on where a write was cut short", () => {
    const { sink, texts, take } = setUp();
    sink.add(["abc\n"]);
    take(1);
    take(2);
    expect(texts()).toEqual(["abc\n", "bc\n", "\n"]);
  });

  test("leaves out what does not fit, counts it, and says so where it is missing", () => {
    const { sink, texts, take } = setUp(4);
    sink.add(["a\n"]);
    for (const line of ["b\n", "c\n", "d\n", "e\n"]) sink.add([line]);
    expect(sink.droppedLines).toBe(2);
    take();
    sink.add(["f\n"]);
    take();
    take();
    sink.add(["g\n"]);
    expect(texts()).toEqual(["a\n", "b\nc\n2 dropped\n", "f\n", "g\n"]);
    expect(sink.droppedLines).toBe(2);
  });

  test("tries again when a pipe is full and was set not to block", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const texts: string[] = [];
    const sink = new LogSink({
      write(bytes, done) {
        texts.push(Buffer.from(bytes).toString());
        if (texts.length < 3) done(Object.assign(new Error(), { code: "EAGAIN" }), 0);
        else {
          done(null, bytes.length);
          resolve();
        }
      },
      formatDropped: String,
    });
    sink.add(["a\n"]);
    sink.add(["b\n"]);
    await promise;
    expect(texts.slice(0, 3)).toEqual(["a\n", "a\n", "a\n"]);
    expect(texts[3]).toBe("b\n");
  });

  test("says no more once the reader is gone", () => {
    const { sink, texts, fail } = setUp();
    sink.add(["a\n"]);
    sink.add(["b\n"]);
    fail("EPIPE");
    sink.add(["c\n"]);
    expect(texts()).toEqual(["a\n"]);
    expect(sink.droppedLines).toBe(2);
  });

  test("goes on when a full disk has room again, and says what is missing", () => {
    const { sink, texts, take, fail } = setUp();
    sink.add(["a\n", "b\n"]);
    fail("ENOSPC");
    sink.add(["c\n"]);
    fail("ENOSPC");
    sink.add(["d\n"]);
    take();
    sink.add(["e\n"]);
    expect(texts()).toEqual(["a\nb\n", "c\n2 dropped\n", "d\n3 dropped\n", "e\n"]);
    expect(sink.droppedLines).toBe(3);
  });

  test("begins a new line where one was cut", () => {
    const { sink, texts, take, fail } = setUp();
    sink.add(["abc\n"]);
    take(1);
    fail("ENOSPC");
    sink.add(["d\n"]);
    fail("ENOSPC");
    sink.add(["e\n"]);
    expect(texts().slice(2)).toEqual(["\nd\n1 dropped\n", "\ne\n2 dropped\n"]);
  });

  test("flush() settles when everything is written", async () => {
    const { sink, take } = setUp();
    expect(await isSettled(sink.flush())).toBe(true);
    sink.add(["a\n"]);
    sink.add(["b\n"]);
    const flushed = sink.flush();
    take();
    expect(await isSettled(flushed)).toBe(false);
    take();
    expect(await isSettled(flushed)).toBe(true);
  });

  test.each(["EPIPE", "ENOSPC"])("flush() settles when nobody takes it: %s", async (code) => {
    const { sink, fail } = setUp();
    sink.add(["a\n"]);
    sink.add(["b\n"]);
    const flushed = sink.flush();
    fail(code);
    expect(await isSettled(flushed)).toBe(true);
  });
});
