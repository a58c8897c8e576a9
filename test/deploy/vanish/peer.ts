/**
 * A client in a network of its own: opens a connection of each kind to the address in its argument once
 * a line comes on stdin, prints their ports by kind as JSON, and then does nothing but be there.
 */
import { connect, type Socket } from "node:net";
import { formatFrame, OPCODE } from "../../helpers/raw-websocket.ts";
import { KINDS, type Kind } from "./kinds.ts";

const [host = "", port = ""] = process.argv.slice(2);

/** How long (ms) a client that reads slowly waits after a piece, so that there is always more to come. */
const PAUSE_MS = 20;

const FLOOD = formatFrame(OPCODE.binary, Buffer.alloc(64 * 1024));

async function open(kind: Kind): Promise<Socket> {
  const socket = connect({ host, port: Number(port) });
  const inState = Promise.withResolvers<void>();
  let received = 0;
  socket.on("error", () => undefined); // the network goes away, which is the purpose
  socket.on("connect", () => {
    if (kind.request !== "") socket.write(kind.request);
    if (kind.atLeast === 0) inState.resolve();
  });
  socket.on("data", (bytes) => {
    received += bytes.length;
    if (received < kind.atLeast) return;
    inState.resolve();
    if (kind.reads === "all") return;
    socket.pause();
    if (kind.reads === "slowly") setTimeout(() => socket.resume(), PAUSE_MS);
  });
  await inState.promise;
  if (kind.floods === true) flood(socket);
  return socket;
}

function flood(socket: Socket): void {
  const more = () => {
    while (socket.write(FLOOD));
  };
  socket.on("drain", more);
  more();
}

process.stdin.once("data", async () => {
  const ports: Record<string, number | undefined> = {};
  for (const [name, kind] of Object.entries(KINDS)) ports[name] = (await open(kind)).localPort;
  process.stdout.write(`${JSON.stringify(ports)}\n`);
});
process.stdout.write("ready\n");
