import { connect } from "node:net";
import { formatRequest } from "../helpers/raw-http.ts";
import { HUGE_PATH, SMALL_PATH } from "./cases.ts";
import { startMeerkat, type Peer } from "./peer.ts";
import { startOthers } from "./peers.ts";
import { progress } from "./progress.ts";
import { renderTable } from "./report.ts";
import type { Site } from "./site.ts";
import { percentile } from "./stats.ts";

const DOWNLOADS = 8;
const MEASURE_MS = 4000;

/** The times of a small file beside large downloads, in milliseconds. */
interface Fairness {
  readonly name: string;
  readonly timesMs: readonly number[];
}

/** Measures Meerkat and nginx; returns Markdown. */
export async function reportFairness(site: Site): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const meerkat = stack.use(await startMeerkat([site.files]));
  return renderFairness(
    await measureFairness([meerkat, ...(await startOthers(["nginx"], site, stack))]),
  );
}

/**
 * Measures how fast each server answers requests for a small file, one after the other, while eight
 * clients download as fast as they can.
 */
async function measureFairness(peers: readonly Peer[]): Promise<Fairness[]> {
  const measured: Fairness[] = [];
  for (const { name, port } of peers) {
    progress(`a small file beside ${DOWNLOADS} downloads: ${name}`);
    measured.push({ name, timesMs: await timeBesideDownloads(port) });
  }
  return measured;
}

/** Renders the times as a Markdown table. */
function renderFairness(measured: readonly Fairness[]): string {
  const cells = measured.map(({ name, timesMs }) => [
    name,
    ...[0.5, 0.99, 1].map((share) => `${percentile(timesMs, share).toFixed(1)} ms`),
  ]);
  return renderTable(["1 KB beside eight downloads of 1 GB", "p50", "p99", "max"], cells);
}

async function timeBesideDownloads(port: number): Promise<number[]> {
  const url = `http://127.0.0.1:${port}${HUGE_PATH}`;
  // The file comes from memory then, for the first server as for the others.
  await Bun.spawn(["curl", "-s", "-o", "/dev/null", url]).exited;
  // Each client starts again after the download, in its own process, as clients on other machines do.
  const loop = `while :; do curl -s -o /dev/null ${url}; done`;
  const downloads = Array.from({ length: DOWNLOADS }, () =>
    Bun.spawn(["sh", "-c", loop], { stdout: "ignore", stderr: "ignore", detached: true }),
  );
  try {
    return await timeRequests(port);
  } finally {
    for (const { pid } of downloads) process.kill(-pid, "SIGKILL");
  }
}

function timeRequests(port: number): Promise<number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  const socket = connect(port, "127.0.0.1");
  const times: number[] = [];
  const end = performance.now() + MEASURE_MS;
  let started = 0;
  const ask = () => {
    started = performance.now();
    socket.write(formatRequest("GET", SMALL_PATH));
  };
  let received = 0;
  socket.on("connect", ask);
  socket.on("error", reject);
  socket.on("data", (data) => {
    received += data.length;
    if (received < 1024 + 200) return; // 1024 bytes of body and at least 200 of the head
    received = 0;
    times.push(performance.now() - started);
    if (performance.now() < end) return ask();
    socket.destroy();
    resolve(times);
  });
  return promise;
}
