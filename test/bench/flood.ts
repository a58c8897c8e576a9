/**
 * Floods the echo with numbered messages from a client that reads nothing for five seconds, checks
 * that each comes back in order and unaltered, and prints the server's memory meanwhile.
 *
 *   bun run test/bench/flood.ts [MESSAGE_BYTES=65536] [TOTAL_MB=300]
 */
import { readFileSync } from "node:fs";
import { flood } from "../helpers/flood.ts";
import { runProgram } from "../helpers/program.ts";

const SILENT_MS = 5000;
const LIMIT_MB = 150;

const messageBytes = Number(process.argv[2] ?? 65536);
const totalBytes = Number(process.argv[3] ?? 300) * 1024 * 1024;
const messages = Math.ceil(totalBytes / messageBytes);

await using program = runProgram(["--port", "0"]);
const banner = await program.printed("REST");
const port = Number(/ws:\/\/localhost:(\d+)/.exec(banner)?.[1]);

const idleMb = memoryMb("VmRSS");
let shown = 0;
const received = await flood({
  port,
  messageBytes,
  messages,
  silentMs: SILENT_MS,
  onProgress(count) {
    if (count < shown + messages / 10) return;
    shown = count;
    console.log(`${count} of ${messages} messages back, ${memoryMb("VmRSS")} MB`);
  },
});
const peakMb = memoryMb("VmHWM");
console.log(`${received} of ${messages} messages of ${messageBytes} bytes came back in order`);
console.log(`server memory: ${idleMb} MB idle, ${peakMb} MB at its peak (limit ${LIMIT_MB} MB)`);
if (received !== messages || peakMb >= LIMIT_MB) process.exitCode = 1;

/** Resident memory in MB, from /proc: `VmRSS` now, `VmHWM` the most there ever was. */
function memoryMb(field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${program.pid}/status`, "utf8");
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
