/**
 * Measures the server's CPU time per request beside nginx and Bun's own ceiling: the same files, the
 * same load, in turns. Prints Markdown.
 *
 *   bun run bench [--rounds 5] [--seconds 2] [--only 1k,rest] [--write]
 *
 * `--write` puts the result into test/bench/README.md and, if no case is left out, the first table into
 * README.md. If nginx is not installed, its column is empty.
 */
import { readArguments } from "./arguments.ts";
import { CASES, makeSite } from "./cases.ts";
import { measureFairness, renderFairness } from "./fairness.ts";
import { startMeerkat } from "./peer.ts";
import { startNginx, startStatic } from "./peers.ts";
import { pick } from "./pick.ts";
import { measurePrices, renderPrices } from "./price.ts";
import { progress } from "./progress.ts";
import { describeMachine, PROJECT_README, writeReport } from "./report.ts";

const { rounds, seconds, only, write } = readArguments();
const cases = pick(CASES, only);

process.once("SIGINT", () => process.exit(130)); // and the servers with us

using site = makeSite();
await using stack = new AsyncDisposableStack();
const started = [startMeerkat([site.files]), startNginx(site), startStatic(site)];
const peers = (await Promise.all(started)).filter((peer) => peer !== undefined);
for (const peer of peers) stack.use(peer);
if (peers.length < started.length) progress("nginx is not installed: its column stays empty");

const prices = renderPrices(await measurePrices(peers, site, { rounds, seconds, cases }));
const tables = [prices];
if (only === undefined) {
  const beside = peers.filter(({ name }) => name !== "static");
  tables.push(renderFairness(await measureFairness(beside)));
}
const report = `${describeMachine()}, 64 connections kept alive (8 for 10 MB), median of ${rounds} rounds.\n\n${tables.join("\n")}`;
console.log(report);
if (write) writeReport("bench", report);
if (write && only === undefined) writeReport("bench", prices, PROJECT_README);
