import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, truncateSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { resolve } from "node:path";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { formatRequest } from "../helpers/raw-http.ts";
import { formatHandshake, OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { ANY_CERTIFICATE, connectSecurely } from "../helpers/transport.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

/** As many as a system can be told to allow; far fewer than any has by default. */
const FILES = 256;
/** What the server keeps below: three quarters of its reserve of 64 in use. */
const CRITICAL = 240;
const CLIENTS = 300;

const LIMITED = [
  "sh",
  "-c",
  `ulimit -n ${FILES}; exec "$@"`,
  "sh",
  process.execPath,
  "run",
  resolve(import.meta.dir, "../../server.ts"),
];

let tree: Tree;

beforeAll(() => {
  const names = Array.from({ length: 3000 }, (_, index) => `many/a-file-of-a-long-list-${index}`);
  tree = makeTree({
    "disk.bin": "",
    "memory.bin": "",
    ...Object.fromEntries(names.map((name) => [name, ""])),
  });
  truncateSync(tree.at("disk.bin"), 64 * 1024 * 1024);
  truncateSync(tree.at("memory.bin"), 1000 * 1000);
});

afterAll(() => tree[Symbol.dispose]());

const wholeListing = formatRequest("GET", "/many/", { Accept: "text/plain" });
const KINDS = {
  "ask for a file on disk": formatRequest("GET", "/disk.bin"),
  "ask for a part of it": formatRequest("GET", "/disk.bin", { Range: "bytes=1-63000000" }),
  "ask for a file in memory": formatRequest("GET", "/memory.bin"),
  "ask for a whole listing": wholeListing,
  "ask for an archive": formatRequest("GET", "/?archive=tar"),
  "keep their connection": formatRequest("GET", "/rest"),
  "send half a request": "GET /rest HTTP/1.1\r\nHost: localhost\r\n",
  "say nothing": "",
  "become WebSockets": formatHandshake(),
} as const;

const ALL = Object.values(KINDS);
const CROWDS: readonly (readonly [name: string, requests: readonly string[]])[] = [
  ...Object.entries(KINDS).map(([name, bytes]) => [name, [bytes]] as const),
  ["do one of all that", ALL],
];

/** Connects, sends this and reads nothing, whatever comes. */
function crowdIn(port: number, bytes: string, isSecure: boolean): Socket {
  const socket = isSecure ? connectSecurely(port) : connect(port, "127.0.0.1");
  socket.on("error", () => socket.destroy()); // a reset is how some of them end
  socket.once(isSecure ? "secureConnect" : "connect", () => {
    socket.pause();
    socket.write(bytes);
  });
  return socket;
}

async function health(port: number, isSecure: boolean): Promise<number> {
  const scheme = isSecure ? "https" : "http";
  const { status } = await fetch(`${scheme}://127.0.0.1:${port}/.meerkat/health`, {
    headers: { Connection: "close" },
    tls: ANY_CERTIFICATE,
  });
  return status;
}

const countDescriptors = ({ pid }: Program) => readdirSync(`/proc/${pid}/fd`).length;

describe.skipIf(process.platform !== "linux").each([
  ["plain", [], false],
  ["over TLS", ["--tls", "--no-http2"], true],
] as const)("D4 at the limit of open files, %s:", (_name, args, isSecure) => {
  test.each(CROWDS)("health is answered to a client beside many that %s", async (_, requests) => {
    const where = [tree.path, "--port", "0", "--host", "127.0.0.1"];
    await using program = runProgram([...where, ...args], { command: LIMITED });
    const port = portOf(await program.printed("REST"));
    const crowd = Array.from({ length: CLIENTS }, (_client, index) =>
      crowdIn(port, requests[index % requests.length] ?? "", isSecure),
    );
    expect(await health(port, isSecure)).toBe(200);
    // It stays so: connections are let go before none is left, when the accept loop would spin.
    do expect(await health(port, isSecure)).toBe(200);
    while (countDescriptors(program) > CRITICAL);
    for (const socket of crowd) socket.destroy();
  });
});

test.skipIf(process.platform !== "linux")(
  "D4 WebSockets outlast a crowd of downloads, and other files are served after it",
  async () => {
    const where = [tree.path, "--port", "0", "--host", "127.0.0.1"];
    await using program = runProgram(where, { command: LIMITED });
    const port = portOf(await program.printed("REST"));
    const sockets: RawWebSocket[] = [];
    while (sockets.length < 150) sockets.push(await RawWebSocket.open(port));
    const crowd = Array.from({ length: CLIENTS }, () =>
      crowdIn(port, KINDS["ask for a file on disk"], false),
    );
    const url = `http://127.0.0.1:${port}`;
    let status: number | undefined;
    while (status !== 503) {
      const response = await fetch(`${url}/disk.bin`);
      await response.body?.cancel();
      status = response.status;
      if (status === 503) expect(response.headers.get("retry-after")).toBe("1");
    }
    expect(await (await fetch(`${url}/rest`)).text()).toBe('{"result":123}\n');
    for (const socket of sockets) {
      socket.send(OPCODE.text, "still here");
      expect((await socket.receive())?.payload.toString()).toBe("still here");
    }
    for (const socket of crowd) socket.destroy();
    while (status !== 200) {
      const response = await fetch(`${url}/disk.bin`);
      await response.body?.cancel();
      status = response.status;
    }
    for (const socket of sockets) socket.reset();
  },
);
