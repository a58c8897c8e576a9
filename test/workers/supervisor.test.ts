import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readdirSync, renameSync } from "node:fs";
import { Supervisor } from "../../src/workers/supervisor.ts";
import { defaultConfig } from "../helpers/default-config.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

/** Says what a worker says, serves nothing, and leaves its process id in a directory. */
const WORKER = `
  process.on("message", ({ kind }) => {
    if (kind === "serve") process.send({ kind: "listening", facts: {} });
    if (kind === "leave") process.send({ kind: "closed" }, undefined, {}, () => process.exit(0));
  });
  require("node:fs").writeFileSync(process.env.PIDS + "/" + process.pid, "");
  process.send({ kind: "ready" });
`;

/** What was complained about, and a way to wait for a complaint. */
function listen() {
  const complaints: string[] = [];
  let wake = () => {};
  return {
    complain(message: string) {
      complaints.push(message);
      wake();
    },
    async heard(pattern: RegExp): Promise<void> {
      while (!complaints.some((message) => pattern.test(message))) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

test("a program that is gone for a moment, as in an upgrade, ends nobody else", async () => {
  using tree = makeTree({
    worker: `#!/bin/sh\nexec "${process.execPath}" "$0.js"\n`,
    "worker.js": WORKER,
    "pids/": "",
  });
  chmodSync(tree.at("worker"), 0o755);
  const { complain, heard } = listen();
  const supervisor = new Supervisor({
    config: defaultConfig(),
    credentials: undefined,
    count: 2,
    worker: () => ({ command: [tree.at("worker")], env: { PIDS: tree.at("pids") } }),
    complain,
  });
  expect((await supervisor.start()).kind).toBe("serving");
  const pids = () => readdirSync(tree.at("pids"));
  expect(pids().length).toBe(2);
  renameSync(tree.at("worker"), tree.at("away"));
  expect(await supervisor.restart()).toBe(false);
  process.kill(Number(pids()[0]), "SIGKILL");
  await heard(/^a worker cannot be started \(ENOENT\)$/);
  renameSync(tree.at("away"), tree.at("worker"));
  while (pids().length < 3) await Bun.sleep(0);
  await supervisor.stop(0);
});
