/**
 * Runs in a network namespace of its own: a server, and two clients in networks that are joined to it
 * by a cable each. One cable is pulled; of the other client nothing comes back any more, as at a router
 * that has gone. Prints as JSON after how many seconds the server let go of each connection.
 */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { runProgram, untilAnswers, type Program } from "../../helpers/program.ts";
import { request } from "../../helpers/raw-http.ts";
import { makeTree } from "../../helpers/tree.ts";
import { PAUSED } from "./kinds.ts";

/** The server's port, which nobody else has in this network. */
const PORT = 8000;

/** How long (s) to wait; what is still there then is reported as null. */
const PATIENCE_SECONDS = 150;

const HUGE_BYTES = 64 * 2 ** 30;

/** A client, with the network that it shares with the server. */
interface Client {
  readonly program: Program;
  readonly cable: string;
  readonly server: string;
  readonly own: string;
  readonly ports: Readonly<Record<string, number>>;
}

function run(...command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}

const within = (pid: number, ...command: string[]) =>
  run("nsenter", "--target", String(pid), "--net", ...command);

/** Starts a client and joins it to this network. */
async function startClient(number: number): Promise<Client> {
  const cable = `cable${number}`;
  const [server, own] = [`10.0.${number}.1`, `10.0.${number}.2`];
  const peer = resolve(import.meta.dir, "peer.ts");
  const command = ["unshare", "--net", process.execPath, "run", peer, server, String(PORT)];
  const program = runProgram([], { command, stdin: "pipe" });
  await program.printed("ready");
  const { pid } = program;
  run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", String(pid));
  run("ip", "address", "add", `${server}/24`, "dev", cable);
  run("ip", "link", "set", cable, "up");
  within(pid, "ip", "address", "add", `${own}/24`, "dev", "eth0");
  within(pid, "ip", "link", "set", "eth0", "up");
  program.write("go\n");
  const [, line = ""] = (await program.printed("}")).split("\n");
  const ports = JSON.parse(line) as Client["ports"]; // of peer.ts
  return { program, cable, server, own, ports };
}

/** Pulls the cable: the server's side sees that there is no carrier any more. */
function unplug({ program }: Client): void {
  within(program.pid, "ip", "link", "set", "eth0", "down");
}

/** Lets the client's address vanish behind its cable, without a sign. */
function swallow({ program, cable, own }: Client): void {
  const [, mac = ""] =
    /link\/ether (\S+)/.exec(within(program.pid, "ip", "link", "show", "eth0")) ?? [];
  run("ip", "neighbour", "replace", own, "lladdr", mac, "dev", cable, "nud", "permanent");
  within(program.pid, "ip", "address", "flush", "dev", "eth0");
}

/** Lists the connections that a process still has, or has not accepted yet: `address:port`, in hex. */
function connections(): ReadonlySet<string> {
  const rows = readFileSync("/proc/net/tcp", "latin1").trim().split("\n").slice(1);
  const places = rows.map((row) => row.trim().split(/\s+/));
  // An orphan, of which only the kernel knows, has no inode; one that is not accepted has none, too.
  const held = places.filter(([, , , state, , , , , , inode]) => inode !== "0" || state === "03");
  return new Set(held.map(([, , remote = ""]) => remote));
}

const hexOf = (address: string, port: number) => {
  const bytes = address.split(".").map(Number).reverse();
  const port16 = port.toString(16).padStart(4, "0");
  return `${Buffer.from(bytes).toString("hex")}:${port16}`.toUpperCase();
};

using tree = makeTree({});
writeFileSync(tree.at("huge.bin"), "");
truncateSync(tree.at("huge.bin"), HUGE_BYTES);
run("ip", "link", "set", "lo", "up");
const args = [tree.path, "--host", "0.0.0.0", "--port", String(PORT), "--metrics"];
await using server = runProgram(args);
await untilAnswers(PORT, server.ended);
const [unplugged, swallowed] = [await startClient(1), await startClient(2)];
await using _unplugged = unplugged.program;
await using _swallowed = swallowed.program;

const waiting = new Map<string, string>();
for (const [how, client] of [
  ["unplugged", unplugged],
  ["swallowed", swallowed],
] as const) {
  for (const [kind, port] of Object.entries(client.ports)) {
    waiting.set(`${how}: ${kind}`, hexOf(client.own, port));
  }
}
/** How often (ms) to look for what is gone. */
const LOOK_MS = 500;

async function metric(name: string): Promise<number> {
  const { body } = await request(PORT, "GET", "/.meerkat/metrics");
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(body.toString())?.[1]);
}

async function isComplete(): Promise<boolean> {
  const now = connections();
  const paused = await metric("meerkat_websocket_paused");
  return Array.from(waiting.values()).every((place) => now.has(place)) && paused >= 2 * PAUSED;
}

while (!(await isComplete())) await Bun.sleep(LOOK_MS);
const gone: Record<string, number | null> = {};
unplug(unplugged);
swallow(swallowed);
const startMs = performance.now();
const seconds = () => (performance.now() - startMs) / 1000;
while (waiting.size > 0 && seconds() < PATIENCE_SECONDS) {
  await Bun.sleep(LOOK_MS);
  const now = connections();
  for (const [name, place] of waiting) {
    if (now.has(place)) continue;
    waiting.delete(name);
    gone[name] = Math.round(seconds());
  }
}
for (const name of waiting.keys()) gone[name] = null;
const webSockets = await metric("meerkat_websocket_connections");
process.stdout.write(`${JSON.stringify({ gone, webSockets })}\n`);
