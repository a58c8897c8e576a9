import { connect } from "node:net";
import { formatRequest } from "../helpers/raw-http.ts";
import { GIANT, type Peer } from "./peers.ts";

const DOWNLOADS = 8;
const MEASURE_MS = 4000;

/** How long a small file takes beside large downloads, in milliseconds. */
export interface Fairness {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Asks for a small file, one request after the other, while eight clients download as fast as they can. */
export async function measureFairness({ port }: Peer): Promise<Fairness> {
  const url = `http://127.0.0.1:${port}/${GIANT}`;
  // Each begins again when it has all of it, in a process of its own, as others do on other machines.
  const loop = `while :; do curl -s -o /dev/null ${url}; done`;
  const downloads = Array.from({ length: DOWNLOADS }, () =>
    Bun.spawn(["sh", "-c", loop], { stdout: "ignore", stderr: "ignore", detached: true }),
  );
  try {
    const times = await timeRequests(port);
    times.sort((a, b) => a - b);
    const at = (share: number) =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return { p50: at(0.5) ?? 0, p99: at(0.99) ?? 0, max: at(1) ?? 0 };
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
    socket.write(formatRequest("GET", "/1k.bin"));
  };
  let received = 0;
  socket.on("connect", ask);
  socket.on("error", reject);
  socket.on("data", (data) => {
    received += data.length;
    if (received < 1024 + 200) return; // the head alone is longer than that together with no body
    received = 0;
    times.push(performance.now() - started);
    if (performance.now() < end) return ask();
    socket.destroy();
    resolve(times);
  });
  return promise;
}
