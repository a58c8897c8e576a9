/**
 * Floods the echo with numbered messages from a client that reads nothing for five seconds, checks
 * that each comes back in order and unaltered, and prints the server's memory meanwhile.
 *
 *   bun run test/bench/flood.ts [MESSAGE_BYTES=65536] [TOTAL_MB=300]
 */
import { flood } from "../helpers/flood.ts";
import { memoryMb } from "../helpers/memory.ts";
import { portOf, runProgram } from "../helpers/program.ts";

const SILENT_MS = 5000;
const LIMIT_MB = 150;

const messageBytes = Number(process.argv[2] ?? 65536);
const totalBytes = Number(process.argv[3] ?? 300) * 1024 * 1024;
const messages = Math.ceil(totalBytes / messageBytes);

await using program = runProgram(["--port", "0"]);
const port = portOf(await program.printed("REST"));

const idleMb = memoryMb(program.pid, "VmRSS");
let shown = 0;
const received = await flood({
  port,
  messageBytes,
  messages,
  silentMs: SILENT_MS,
  onProgress(count) {
    if (count < shown + messages / 10) return;
    shown = count;
    console.log(`${count} of ${messages} messages back, ${memoryMb(program.pid, "VmRSS")} MB`);
  },
});
const peakMb = memoryMb(program.pid, "VmHWM");
console.log(`${received} of ${messages} messages of ${messageBytes} bytes came back in order`);
console.log(`server memory: ${idleMb} MB idle, ${peakMb} MB at its peak (limit ${LIMIT_MB} MB)`);
if (received !== messages || peakMb >= LIMIT_MB) process.exitCode = 1;
