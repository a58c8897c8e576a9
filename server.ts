#!/usr/bin/env bun
import { write } from "node:fs";
import { availableParallelism, constants } from "node:os";
import { version } from "./package.json";
import { indexUrl, renderBanner, type BannerFacts } from "./src/cli/banner.ts";
import { parseConfig, type Config } from "./src/cli/config.ts";
import { start, type Running } from "./src/server/start.ts";
import type { Write } from "./src/observe/log-sink.ts";
import { describeRestriction } from "./src/system/directory-obstacle.ts";
import { listInterfaces } from "./src/system/network-interfaces.ts";
import { openBrowser } from "./src/system/open-browser.ts";
import { RestartableProgram, type ProgramStart } from "./src/system/program-path.ts";
import { isSignalIgnored } from "./src/system/signal-ignored.ts";
import { clearSocketPath } from "./src/system/unix-socket.ts";
import { startWorkers, type RunningWorkers } from "./src/workers/start-workers.ts";
import { countWorkers, ONE_PROCESS } from "./src/workers/worker-count.ts";
import type { WorkerCommand } from "./src/workers/worker-process.ts";
import { runWorker } from "./src/workers/worker.ts";

/** A server in one process, or with workers. */
type Serving = Running | RunningWorkers;

const USAGE_ERROR = 2;
const FAILURE = 1;

const STDOUT = 1;

/** Set for a process that is a worker. It is no option, as those begin with MEERKAT. */
const WORKER_VARIABLE = "_WORKER_OF_MEERKAT";

/** Bun's flags that would make a worker restart itself. */
const RELOADING = /^--(watch|hot)\b/;

const AUTH_IN_THE_CLEAR =
  "meerkat: --auth without TLS: others on the network can read the password; add --tls\n";

const NO_WORKERS =
  "meerkat: SIGUSR2 replaces workers, and there are none; start with --workers to restart without loss\n";

function main(): void {
  // A terminal or a pipe that is gone is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const isWorker = process.env[WORKER_VARIABLE] !== undefined && process.send !== undefined;
  if (isWorker) return runWorker({ logError, writeLog });
  const surroundings = { isTerminal: process.stdout.isTTY };
  const parsed = parseConfig(process.argv.slice(2), process.env, surroundings);
  switch (parsed.kind) {
    case "help":
      process.stdout.write(parsed.text);
      break;
    case "version":
      process.stdout.write(`meerkat ${version}\n`);
      break;
    case "usage-error":
      fail(parsed.message, USAGE_ERROR);
      break;
    case "run":
      void run(parsed.config);
      break;
    default:
      parsed satisfies never;
  }
}

async function run(config: Config): Promise<void> {
  const machine = { platform: process.platform, cores: availableParallelism() };
  const workers = countWorkers(config.workers, machine);
  if (workers.kind === "one") return runAlone(config, workers.notice);
  const program = new RestartableProgram(programStart());
  const result = await startWorkers(config, {
    count: workers.count,
    findCommand: () => findWorkerCommand(program),
    complain: (message) => void process.stderr.write(`meerkat: ${message}\n`),
  });
  if (result.kind === "impossible") return runAlone(config, ONE_PROCESS);
  if (result.kind === "failed") return fail(result.message, FAILURE);
  restartOnSignal(config, result, program);
  announce(config, result);
}

async function runAlone(config: Config, notice: string | undefined): Promise<void> {
  process.on("SIGUSR2", () => void process.stderr.write(NO_WORKERS));
  const { unix } = config;
  const obstacle = unix === undefined ? undefined : await clearSocketPath(unix);
  if (obstacle !== undefined) return fail(`--unix ${unix}: ${obstacle}`, FAILURE);
  const result = start(config, { logError, writeLog });
  if (result.kind === "failed") return fail(result.message, FAILURE);
  if (notice !== undefined && !config.quiet) process.stdout.write(`${notice}\n`);
  announce(config, result);
}

function announce(config: Config, running: Serving): void {
  const isStopping = stopOnSignal(config, running);
  if (running.renew === undefined) endOnHangUp(isStopping);
  else renewOnSignal(config, running.renew, isStopping);
  warn(config, running);
  const facts = bannerFacts(config, running);
  if (!config.quiet) process.stdout.write(renderBanner(facts));
  if (config.open) void open(facts);
}

function programStart(): ProgramStart {
  const { argv0, execPath } = process;
  return { main: Bun.main, argv0, execPath, cwd: process.cwd(), logicalCwd: process.env["PWD"] };
}

/** Finds the command that starts this program as a worker. */
function findWorkerCommand(program: RestartableProgram): WorkerCommand {
  const flags = process.execArgv.filter((flag) => !RELOADING.test(flag));
  return { command: program.findCommand(flags), env: { ...process.env, [WORKER_VARIABLE]: "1" } };
}

function warn(config: Config, { facts: { certificate, isOnLoopback } }: Serving): void {
  const { auth, directory, index: isListed } = config;
  const isInTheClear = auth !== undefined && certificate === undefined && !isOnLoopback;
  if (isInTheClear) process.stderr.write(AUTH_IN_THE_CLEAR);
  const restriction = describeRestriction(directory, { page: "index.html", isListed });
  if (restriction !== undefined) process.stderr.write(`meerkat: ${directory}: ${restriction}\n`);
}

function bannerFacts({ host }: Config, running: Serving): BannerFacts {
  const { NO_COLOR = "" } = process.env;
  const colour = process.stdout.isTTY && NO_COLOR === "";
  const workers = running.kind === "workers" ? running.count : 1;
  return { ...running.facts, host, interfaces: listInterfaces(), colour, workers };
}

async function open(facts: BannerFacts): Promise<void> {
  const url = indexUrl(facts);
  const obstacle = url === undefined ? undefined : await openBrowser(url);
  if (obstacle !== undefined) {
    process.stderr.write(`meerkat: --open: ${obstacle}; open ${url} yourself\n`);
  }
}

type IsStopping = () => boolean;

/**
 * Drains and exits with 0 on the first SIGINT or SIGTERM, and exits at once on the second. Does not
 * linger on SIGINT, as it comes from a terminal, where nobody waits for a balancer.
 */
function stopOnSignal({ lingerSeconds }: Config, running: Serving): IsStopping {
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) {
        if (running.kind === "workers") running.kill();
        process.exit(128 + constants.signals[signal]);
      }
      isStopping = true;
      // A closed terminal must not end the drain.
      process.on("SIGHUP", () => undefined);
      void running.stop(signal === "SIGTERM" ? lingerSeconds : 0).then(() => process.exit(0));
    });
  }
  return () => isStopping;
}

/**
 * Lets SIGHUP end the server, as usual, but not while it stops: systemd ends a session with SIGTERM and
 * SIGHUP at once, and the kernel delivers the lower number first.
 */
function endOnHangUp(isStopping: IsStopping): void {
  // A handler would undo nohup, which may be in effect where the system does not tell.
  if (isSignalIgnored(constants.signals.SIGHUP) !== false) return;
  const end = () => {
    if (isStopping()) return;
    process.removeAllListeners("SIGHUP");
    process.kill(process.pid, "SIGHUP");
  };
  process.on("SIGHUP", () => setImmediate(end));
}

/** Replaces the workers on SIGUSR2; a signal during a restart asks for another one after it. */
function restartOnSignal(
  { quiet }: Config,
  { restart }: RunningWorkers,
  program: RestartableProgram,
): void {
  let isAsked = false;
  let isRestarting = false;
  process.on("SIGUSR2", async () => {
    isAsked = true;
    if (isRestarting) return;
    isRestarting = true;
    while (isAsked) {
      isAsked = false;
      const isDone = await restart();
      if (isDone && !quiet) process.stdout.write("All workers were replaced.\n");
      const { givenPath, substitute } = program;
      if (isDone && substitute !== undefined) {
        process.stderr.write(`meerkat: ${givenPath} is gone; the workers run ${substitute}\n`);
      }
    }
    isRestarting = false;
  });
}

/** Reads the certificate files again on SIGHUP. */
function renewOnSignal(
  { quiet }: Config,
  renew: NonNullable<Serving["renew"]>,
  isStopping: IsStopping,
): void {
  process.on("SIGHUP", async () => {
    if (isStopping()) return;
    const result = await renew();
    if (result.kind === "failed") logError(`${result.message} (nothing was changed)`);
    else if (!quiet) process.stdout.write("The certificate was read again.\n");
  });
}

function fail(message: string, exitCode: number): void {
  process.stderr.write(`meerkat: ${message}\n`);
  process.exitCode = exitCode;
}

/**
 * Writes to stdout in another thread. Bun's `process.stdout` blocks the event loop on a terminal
 * stopped with Ctrl-S (Bun: terminal-blocks), and buffers without limit if the reader of a pipe is
 * slow.
 */
const writeLog: Write = (bytes, done) => {
  write(STDOUT, bytes, 0, bytes.length, null, (error, written) => done(error, written));
};

function logError(error: unknown): void {
  console.error("meerkat:", error);
}

main();
