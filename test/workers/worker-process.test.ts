import { expect, setDefaultTimeout, test } from "bun:test";
import { WorkerProcess } from "../../src/workers/worker-process.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";

setDefaultTimeout(PATIENCE_MS);

/** A worker that runs this, and the way in which it ended. */
function run(code: string) {
  const ends: string[] = [];
  const worker = new WorkerProcess({ command: [process.execPath, "-e", code], env: {} }, 0, {
    onNews: () => undefined,
    onEnd: (_, how) => ends.push(how),
  });
  return { worker, ends };
}

const SAYS_READY = "process.send({ kind: 'ready' });";

test("nobody waits for a worker that has ended", async () => {
  const { worker, ends } = run("process.exit(7)");
  await worker.ready;
  await worker.ended;
  expect(ends).toEqual(["exit code 7"]);
  expect(worker.isServing).toBe(false);
});

test("what a worker is told that no longer listens does no harm", async () => {
  const { worker } = run(`${SAYS_READY} process.disconnect(); setInterval(() => {}, 1000)`);
  await worker.ready;
  try {
    // The channel closes in one of these turns; Bun 1.4.5 then throws.
    for (let turn = 0; turn < 1000; turn++) {
      worker.send({ kind: "stop-steering" });
      await Bun.sleep(0);
    }
  } finally {
    worker.kill();
    await worker.ended;
  }
});

test("what is waited for settles with the end", async () => {
  const { worker, ends } = run(`${SAYS_READY} process.on("message", () => process.exit(0))`);
  await worker.ready;
  await worker.count();
  await worker.ended;
  expect(ends).toEqual(["exit code 0"]);
});

test("kill() ends it, and that was meant to be", async () => {
  const { worker, ends } = run(`${SAYS_READY} setInterval(() => {}, 1000)`);
  await worker.ready;
  worker.kill();
  await worker.ended;
  expect(ends).toEqual(["SIGKILL"]);
  expect(worker.isLeaving).toBe(true);
});

test("its last words are heard before its end", async () => {
  const heard: string[] = [];
  const code = `${SAYS_READY} process.send({ kind: "asked-to-leave" }); process.exit(0)`;
  const worker = new WorkerProcess({ command: [process.execPath, "-e", code], env: {} }, 0, {
    onNews: (_, news) => heard.push(news.kind),
    onEnd: (_, how) => heard.push(how),
  });
  await worker.ended;
  expect(heard).toEqual(["asked-to-leave", "exit code 0"]);
});
