/**
 * Loads an echo: each connection sends a message, and the next when it has come back. It is a separate
 * process, so that it does not wait for the one that measures. Prints its result as JSON.
 *
 *   bun run test/bench/echo-client.ts '{"port":8000,"pid":1,"connections":64,"bytes":20,"seconds":2}'
 */
import { formatFrame, OPCODE } from "../helpers/raw-websocket.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import { openConnections, type EchoConnection } from "./echo-connection.ts";
import type { EchoLoad, EchoResult } from "./echo-load.ts";
import { percentile } from "./stats.ts";

/** The time in which the code of a server, and of this client, is still being compiled. */
const WARM_UP_MS = 500;

const load = JSON.parse(process.argv[2] ?? "") as EchoLoad; // as echo-load.ts writes it
const frame = formatFrame(OPCODE.text, "x".repeat(load.bytes));
const connections = await openConnections(load.connections, load);
const roundTripsMs: number[] = [];
for (const connection of connections) keepBusy(connection);
await Bun.sleep(WARM_UP_MS);
console.log(JSON.stringify(await measure()));
process.exit(0);

/** Sends a message whenever the previous one has come back. */
function keepBusy(connection: EchoConnection): void {
  let sentMs = 0;
  const send = () => {
    sentMs = performance.now();
    connection.send(frame);
  };
  connection.onEcho = () => {
    roundTripsMs.push(performance.now() - sentMs);
    send();
  };
  connection.onEnd = () => {
    console.error("a connection broke under the load");
    process.exit(1);
  };
  send();
}

async function measure(): Promise<EchoResult> {
  roundTripsMs.length = 0;
  const [start, cpu, own] = [performance.now(), readCpu(load.pid), process.cpuUsage()];
  await Bun.sleep(load.seconds * 1000);
  const times = roundTripsMs.slice();
  const cpuNs = cpuBetween(cpu, readCpu(load.pid));
  const { user, system } = process.cpuUsage(own);
  const elapsedMs = performance.now() - start;
  if (times.length === 0) throw new Error(`no echo came back in ${load.seconds} s`);
  return {
    messagesPerSecond: times.length / (elapsedMs / 1000),
    cpuMicroseconds: cpuNs / 1000 / times.length,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    clientBusy: (user + system) / 1000 / elapsedMs,
  };
}
