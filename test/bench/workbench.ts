/**
 * Measures a burst of the WebSocket workbench in Chromium beside a bare loop in the same page, which
 * checks every echo, too: the throughput, the longest frame, and the memory of the tab.
 *
 *   bun run test/bench/workbench.ts [--rounds 3]
 *
 * It ends with 1 if a limit is exceeded.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { CHROMIUM } from "../helpers/browser-chromium.ts";
import { DESKTOP, until, type Page } from "../helpers/browser.ts";
import { driveWorkbench } from "../helpers/workbench.ts";
import { startMeerkat } from "./peer.ts";
import { describeMachine, formatCount, renderTable } from "./report.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" } } });
const rounds = Number(values.rounds);

const SIZES = [
  { title: "100,000 × 20 B", count: 100_000, bytes: 20, type: "text" },
  { title: "1,000 × 1 MB", count: 1000, bytes: 1_000_000, type: "binary" },
] as const;

type Size = (typeof SIZES)[number];

/** The longest frame (ms) that leaves the tab responsive, and the least part of a bare loop's speed. */
const MAX_FRAME_MS = 100;
const MIN_PART = 0.8;

/** The times between the frames of a page, while they are watched. */
const WATCH = `(() => {
  window.longest = 0;
  let last = performance.now();
  const look = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    window.watching = requestAnimationFrame(look);
  };
  window.watching = requestAnimationFrame((now) => { last = now; look(now); });
})()`;

/** Sends and checks the messages with nothing else around; resolves with the milliseconds it took. */
function bareLoop(url: string, { count, bytes, type }: Size): string {
  return `new Promise((resolve, reject) => {
    const socket = new WebSocket(${JSON.stringify(url)});
    socket.binaryType = "arraybuffer";
    const pool = crypto.getRandomValues(new Uint8Array(65_536));
    const isText = ${type === "text"};
    const text = Array.from(pool, (byte) => String.fromCharCode(32 + byte % 95)).join("");
    const body = new Uint8Array(${bytes} + 4096);
    for (let at = 0; at < body.length; at += pool.length) {
      body.set(pool.subarray(0, Math.min(pool.length, body.length - at)), at);
    }
    const make = (index) => {
      const offset = (index * 4) % 4096;
      if (isText) return (index + ":" + text.slice(offset, offset + ${bytes})).slice(0, ${bytes});
      return body.slice(offset, offset + ${bytes});
    };
    const isSame = (a, b) => {
      for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
      return a.length === b.length;
    };
    let sent = 0;
    let received = 0;
    let startedAt = 0;
    const pump = () => {
      const end = performance.now() + 8;
      while (sent < ${count} && performance.now() < end && socket.bufferedAmount < 262_144) {
        socket.send(make(sent));
        sent += 1;
      }
      if (sent < ${count}) setTimeout(pump);
    };
    socket.onopen = () => {
      startedAt = performance.now();
      pump();
    };
    socket.onmessage = ({ data }) => {
      const wanted = make(received);
      received += 1;
      if (isText ? data !== wanted : !isSame(new Uint8Array(data), wanted)) reject("altered");
      if (received < ${count}) return;
      resolve(performance.now() - startedAt);
      socket.close();
    };
  })`;
}

interface Outcome {
  readonly bareMs: number;
  readonly burstMs: number;
  readonly longestMs: number;
  readonly beforeMb: number;
  readonly peakMb: number;
}

// Compression would take most of the time on both sides, and hide what the page takes.
await using server = await startMeerkat(["--no-deflate"]);
await using browser = await CHROMIUM.launch({});
const origin = `http://127.0.0.1:${server.port}`;
const rows: string[][] = [];
for (const size of SIZES) {
  const outcomes: Outcome[] = [];
  for (let round = 0; round < rounds; round += 1) outcomes.push(await measure(size));
  const best = (key: keyof Outcome) => Math.min(...outcomes.map((outcome) => outcome[key]));
  const part = best("bareMs") / best("burstMs");
  const longestMs = median(outcomes.map((outcome) => outcome.longestMs));
  if (part < MIN_PART || longestMs > MAX_FRAME_MS) process.exitCode = 1;
  rows.push([
    size.title,
    formatCount((size.count * 1000) / best("bareMs")),
    formatCount((size.count * 1000) / best("burstMs")),
    `${Math.round(part * 100)} %`,
    `${Math.round(longestMs)} ms`,
    `${Math.round(best("beforeMb"))} → ${Math.round(Math.max(...outcomes.map(({ peakMb }) => peakMb)))} MB`,
  ]);
}
console.log(`${describeMachine()}, load ${loadavg()[0]?.toFixed(1)}\n`);
console.log(
  renderTable(
    [
      "messages",
      "bare loop, a second",
      "workbench",
      "of bare",
      "longest frame",
      "memory of the tab",
    ],
    rows,
  ),
);

async function measure(size: Size): Promise<Outcome> {
  await using page = await browser.open(DESKTOP);
  await page.goto(`${origin}/test.html`);
  const bench = driveWorkbench(page);
  const url = await bench.valueOf("#url");
  const bareMs = Number(await page.evaluate(bareLoop(url, size)));
  await bench.connect();
  await bench.fill("#burst-count", String(size.count));
  await bench.fill("#burst-size", String(size.bytes));
  await bench.choose("#burst-type", size.type);
  const beforeMb = rendererMb();
  let peakMb = 0;
  const sampler = setInterval(() => (peakMb = Math.max(peakMb, rendererMb())), 200);
  await page.evaluate(WATCH);
  const burstMs = await runBurst(page);
  clearInterval(sampler);
  const longestMs = Number(await page.evaluate("(cancelAnimationFrame(watching), longest)"));
  return { bareMs, burstMs, longestMs, beforeMb, peakMb };
}

/** Runs the burst of the form, and returns the milliseconds from the first message to the last echo. */
async function runBurst(page: Page): Promise<number> {
  await page.evaluate(`(() => {
    window.startedAt = performance.now();
    document.querySelector("#burst").requestSubmit();
  })()`);
  await until(page, `document.querySelector("#burst-result").dataset.tone === "good"`);
  return Number(await page.evaluate("performance.now() - startedAt"));
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN;
}

/** The memory of the largest process below this one that draws pages. */
function rendererMb(): number {
  const lines = Bun.spawnSync(["ps", "-eo", "pid=,ppid=,rss=,args="]).stdout.toString().split("\n");
  const processes = lines.map((line) => {
    const [pid, parent, rss, ...args] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), rss: Number(rss), args: args.join(" ") };
  });
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (pid > 1 && isOurs(parents.get(pid) ?? 0));
  const ours = processes.filter(({ pid, args }) => args.includes("--type=renderer") && isOurs(pid));
  return Math.max(0, ...ours.map(({ rss }) => rss)) / 1024;
}
