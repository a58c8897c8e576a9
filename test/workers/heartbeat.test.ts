import { describe, expect, test } from "bun:test";
import { BEAT_MS, Heartbeat, type Pulse } from "../../src/workers/heartbeat.ts";

/** A worker that answers every ping, until it hangs. */
class FakeWorker implements Pulse {
  isListening = true;
  isHung = false;
  heardMs = 0;
  readonly #clock: { readonly now: number };

  constructor(clock: { readonly now: number }) {
    this.#clock = clock;
  }

  ping(): void {
    if (!this.isHung) this.heardMs = this.#clock.now;
  }
}

function makeHeartbeat() {
  const clock = { now: 1_000_000 };
  const workers = [1, 2, 3].map(() => new FakeWorker(clock));
  for (const worker of workers) worker.heardMs = clock.now;
  const hung: FakeWorker[] = [];
  const doubts: (readonly [worker: FakeWorker, isDoubted: boolean])[] = [];
  const heartbeat = new Heartbeat({
    workers: () => workers,
    now: () => clock.now,
    onHung: (worker) => hung.push(worker),
    onDoubt: (...doubt) => doubts.push(doubt),
  });
  const beat = (times = 1, everyMs = BEAT_MS) => {
    for (let each = 0; each < times; each++) {
      clock.now += everyMs;
      heartbeat.beat();
    }
  };
  return { clock, workers, hung, doubts, beat };
}

describe("D10 Heartbeat", () => {
  test("says nothing of workers that answer", () => {
    const { hung, doubts, beat } = makeHeartbeat();
    beat(1000);
    expect(hung).toEqual([]);
    expect(doubts).toEqual([]);
  });

  test("finds a worker that hangs, after some seconds and not after one", () => {
    const { clock, workers, hung, beat } = makeHeartbeat();
    beat(10);
    const [first = new FakeWorker(clock)] = workers;
    first.isHung = true;
    const since = clock.now;
    while (hung.length === 0) beat();
    expect(hung).toEqual([first]);
    expect(clock.now - since).toBeWithin(5000, 12_000);
  });

  test("leaves alone a worker that is late for a beat or two", () => {
    const { workers, hung, beat } = makeHeartbeat();
    for (let round = 0; round < 20; round++) {
      for (const worker of workers) worker.isHung = true;
      beat(3);
      for (const worker of workers) worker.isHung = false;
      beat(1);
    }
    expect(hung).toEqual([]);
  });

  test("waits longer for a worker that does not listen yet, and not for ever", () => {
    const { workers, hung, doubts, beat } = makeHeartbeat();
    for (const worker of workers) {
      worker.isListening = false;
      worker.isHung = true;
    }
    beat(10);
    expect(hung).toEqual([]);
    expect(doubts).toEqual([]);
    beat(10);
    expect(new Set(hung).size).toBe(3);
  });

  test("doubts a worker that misses two answers, until it answers again", () => {
    const { clock, workers, doubts, beat } = makeHeartbeat();
    beat(10);
    const [first = new FakeWorker(clock)] = workers;
    first.isHung = true;
    beat(1);
    expect(doubts).toEqual([]);
    beat(2);
    expect(doubts).toEqual([[first, true]]);
    first.isHung = false;
    beat(2);
    expect(doubts).toEqual([
      [first, true],
      [first, false],
    ]);
  });

  test("kills nobody after the machine, or the parent, was stopped for an hour", () => {
    const { clock, workers, hung, doubts, beat } = makeHeartbeat();
    beat(10);
    clock.now += 3_600_000;
    beat(10);
    expect(hung).toEqual([]);
    expect(doubts).toEqual([]);
    // A worker that hangs after that is found all the same.
    for (const worker of workers) worker.isHung = true;
    beat(10);
    expect(new Set(hung).size).toBe(3);
  });

  test("spares workers whose parent is stopped again and again, and beats between", () => {
    const { hung, workers, beat } = makeHeartbeat();
    for (const worker of workers) worker.isHung = true;
    beat(50, 3 * BEAT_MS);
    expect(hung).toEqual([]);
  });
});
