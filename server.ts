#!/usr/bin/env bun
import { write } from "node:fs";
import { constants, networkInterfaces } from "node:os";
import { version } from "./package.json";
import { indexUrl, renderBanner, type BannerFacts } from "./src/banner.ts";
import { parseConfig, type Config } from "./src/config.ts";
import { start, type Running } from "./src/lifecycle.ts";
import type { Write } from "./src/log-sink.ts";
import { openBrowser } from "./src/open-browser.ts";
import { clearSocketPath } from "./src/unix-socket.ts";

const USAGE_ERROR = 2;
const FAILURE = 1;

const STDOUT = 1;

const AUTH_IN_THE_CLEAR =
  "meerkat: --auth without TLS: who listens in on the network reads the password; add --tls\n";

function main(): void {
  // Nobody may be there to read what is printed, which is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
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
  const { unix } = config;
  const obstacle = unix === undefined ? undefined : await clearSocketPath(unix);
  if (obstacle !== undefined) return fail(`--unix ${unix}: ${obstacle}`, FAILURE);
  const result = start(config, { logError, writeLog });
  if (result.kind === "failed") return fail(result.message, FAILURE);
  stopOnSignal(config, result);
  renewOnSignal(config, result);
  warn(config, result);
  const facts = bannerFacts(config, result);
  if (!config.quiet) process.stdout.write(renderBanner(facts));
  if (config.open) open(facts);
}

function warn({ auth }: Config, { certificate, isOnLoopback }: Running): void {
  const isInTheClear = auth !== undefined && certificate === undefined && !isOnLoopback;
  if (isInTheClear) process.stderr.write(AUTH_IN_THE_CLEAR);
}

function bannerFacts({ host }: Config, running: Running): BannerFacts {
  const { NO_COLOR = "" } = process.env;
  const colour = process.stdout.isTTY && NO_COLOR === "";
  return { ...running, host, interfaces: networkInterfaces(), colour };
}

function open(facts: BannerFacts): void {
  const url = indexUrl(facts);
  const obstacle = url === undefined ? undefined : openBrowser(url);
  if (obstacle !== undefined) {
    process.stderr.write(`meerkat: --open: ${obstacle}; open ${url} yourself\n`);
  }
}

/**
 * The first signal drains and exits with 0; a second one, from somebody in a hurry, exits at once.
 * A SIGINT comes from a terminal, where nobody wants to wait for a balancer.
 */
function stopOnSignal({ lingerSeconds }: Config, { stop }: Running): void {
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(128 + constants.signals[signal]);
      isStopping = true;
      void stop(signal === "SIGTERM" ? lingerSeconds : 0).then(() => process.exit(0));
    });
  }
}

/** Without files to read again a SIGHUP ends the server, as it ends other programs. */
function renewOnSignal({ quiet }: Config, { renew }: Running): void {
  if (renew === undefined) return;
  process.on("SIGHUP", () => {
    const result = renew();
    if (result.kind === "failed") logError(`${result.message} (nothing was changed)`);
    else if (!quiet) process.stdout.write("The certificate was read again.\n");
  });
}

function fail(message: string, exitCode: number): void {
  process.stderr.write(`meerkat: ${message}\n`);
  process.exitCode = exitCode;
}

/**
 * On a thread of its own: `process.stdout` of Bun 1.4.5 blocks the event loop on a terminal that was
 * stopped with Ctrl-S, and keeps everything in memory that a pipe's reader does not take.
 */
const writeLog: Write = (bytes, done) => {
  write(STDOUT, bytes, 0, bytes.length, null, (error, written) => done(error, written));
};

function logError(error: unknown): void {
  console.error("meerkat:", error);
}

main();
