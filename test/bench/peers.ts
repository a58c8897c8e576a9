import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { childrenOf } from "./cpu.ts";

/** A server under load. */
export interface Peer extends AsyncDisposable {
  readonly name: "meerkat" | "nginx" | "static";
  readonly port: number;
  /** All the processes that serve. */
  readonly pids: () => readonly number[];
}

/** What the servers serve: random bytes, so that nothing is compressed. */
export const FILES = {
  "1k.bin": 1024,
  "10k.bin": 10 * 1024,
  "100k.bin": 100 * 1024,
  "10m.bin": 10 * 1024 * 1024,
} as const;

/** For downloads that do not end while something else is measured: a sparse file. */
export const GIANT = "giant.bin";
const GIANT_BYTES = 1024 ** 3;

/** Fills a directory with the files. */
export function writeFiles(directory: string): void {
  for (const [name, bytes] of Object.entries(FILES)) {
    const content = Buffer.alloc(bytes);
    // getRandomValues takes 64 KB at a time.
    for (let start = 0; start < bytes; start += 65536) {
      crypto.getRandomValues(content.subarray(start, Math.min(start + 65536, bytes)));
    }
    writeFileSync(join(directory, name), content);
  }
  writeFileSync(join(directory, GIANT), "");
  truncateSync(join(directory, GIANT), GIANT_BYTES);
}

/** Starts our server on a directory. */
export async function startMeerkat(directory: string): Promise<Peer> {
  const program = runProgram([directory, "--port", "0", "--host", "127.0.0.1"]);
  const port = portOf(await program.printed("REST"));
  return toPeer("meerkat", port, program, () => [program.pid]);
}

/** Starts a Bun server of static `Response`s: what Bun can do at best, where no code of ours runs. */
export async function startStatic(directory: string): Promise<Peer> {
  const script = join(import.meta.dir, "static-server.ts");
  const program = runProgram([], { command: [process.execPath, "run", script, directory] });
  const port = Number(/port (\d+)/.exec(await program.printed("\n"))?.[1]);
  return toPeer("static", port, program, () => [program.pid]);
}

/** Starts nginx, if it is installed, with what makes it fast: sendfile, cached descriptors, no log. */
export async function startNginx(directory: string): Promise<Peer | undefined> {
  const nginx = Bun.which("nginx", { PATH: `${process.env["PATH"]}:/usr/sbin` });
  if (nginx === null) return undefined;
  const port = await freePort();
  const prefix = `${directory}-nginx`;
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, "nginx.conf"), nginxConfig(directory, prefix, port));
  const program = runProgram([], {
    command: [
      nginx,
      "-p",
      prefix,
      "-c",
      join(prefix, "nginx.conf"),
      "-e",
      join(prefix, "error.log"),
    ],
  });
  while (!(await answers(port))) await Bun.sleep(10);
  return toPeer("nginx", port, program, () => [program.pid, ...childrenOf(program.pid)]);
}

function toPeer(name: Peer["name"], port: number, program: Program, pids: Peer["pids"]): Peer {
  return { name, port, pids, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

function nginxConfig(directory: string, prefix: string, port: number): string {
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${prefix}/${kind};`)
    .join("\n");
  return `daemon off; ${user} worker_processes 1; pid ${prefix}/pid;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=60s; default_type application/octet-stream;
  ${temporary}
  server {
    listen 127.0.0.1:${port}; root ${directory};
    location = /rest { default_type application/json; return 200 '{"result":123}\\n'; }
  }
}
`;
}

async function freePort(): Promise<number> {
  using probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return probe.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
