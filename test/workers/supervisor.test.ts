import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, renameSync, unlinkSync } from "node:fs";
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

/** Collects complaints, and makes a way to wait for one. */
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
    findCommand: () => ({ command: [tree.at("worker")], env: { PIDS: tree.at("pids") } }),
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

/** Shows what it is told; the one that began second refuses the credentials that say "bad". */
const PICKY = `
  const { writeFileSync, readdirSync } = require("node:fs");
  const note = (text) => writeFileSync(process.env.PIDS + "/" + process.pid, text);
  let isPicky = false;
  process.on("message", ({ kind, credentials }) => {
    if (kind === "serve") {
      isPicky = readdirSync(process.env.PIDS).some((name) => name !== String(process.pid));
      note(credentials.fingerprint);
      process.send({ kind: "listening", facts: {} });
    }
    if (kind === "renew") {
      const isRefused = isPicky && credentials.fingerprint === "bad";
      if (!isRefused) note(credentials.fingerprint);
      process.send(isRefused ? { kind: "not-renewed", message: "no descriptor" } : { kind: "renewed" });
    }
    if (kind === "leave") process.send({ kind: "closed" }, undefined, {}, () => process.exit(0));
  });
  note("");
  process.send({ kind: "ready" });
`;

test("C2 a reload that one worker cannot take leaves all with the credentials before", async () => {
  using tree = makeTree({ "worker.js": PICKY, "pids/": "" });
  const credentialsOf = (fingerprint: string) => {
    return { cert: "", key: "", ca: undefined, fingerprint, isOwn: false };
  };
  const { complain, heard } = listen();
  const supervisor = new Supervisor({
    config: defaultConfig(),
    credentials: credentialsOf("first"),
    count: 3,
    findCommand: () => {
      return { command: [process.execPath, tree.at("worker.js")], env: { PIDS: tree.at("pids") } };
    },
    complain,
  });
  const pids = () => readdirSync(tree.at("pids"));
  const shown = () => pids().map((pid) => readFileSync(tree.at(`pids/${pid}`), "utf8"));
  expect((await supervisor.start()).kind).toBe("serving");
  expect(await supervisor.renew(credentialsOf("second"))).toBeUndefined();
  expect(shown()).toEqual(["second", "second", "second"]);
  expect(await supervisor.renew(credentialsOf("bad"))).toBe("no descriptor");
  expect(shown()).toEqual(["second", "second", "second"]);
  // A worker that comes later shows what the others do.
  const [first] = pids();
  process.kill(Number(first), "SIGKILL");
  await heard(/another one starts/);
  unlinkSync(tree.at(`pids/${first}`));
  while (shown().filter((text) => text === "second").length < 3) await Bun.sleep(0);
  expect(shown()).toEqual(["second", "second", "second"]);
  await supervisor.stop(0);
});
