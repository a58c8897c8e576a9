import { createServer } from "node:net";
import { resolve } from "node:path";
import { request } from "./raw-http.ts";

const PROJECT = resolve(import.meta.dir, "../..");

/** The server as a child process. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly hasEnded: () => boolean;
  /** Resolves with the output so far once a line contains this; rejects if the program ends before. */
  readonly printed: (text: string) => Promise<string>;
  /** Does the same for the standard error. */
  readonly complained: (text: string) => Promise<string>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Writes to its standard input, if that is a pipe. */
  readonly write: (text: string) => void;
  /** Resolves when the program has ended. */
  readonly ended: Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

/** The command and the surroundings of a program. */
export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The command before the arguments; the server under this Bun if it is left out. */
  readonly command?: readonly string[];
  /** Nothing by default. */
  readonly stdin?: "ignore" | "pipe";
}

/** Starts `bun run server.ts` with these arguments, and without variables that it would read. */
export function runProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const { cwd = PROJECT, env = {} } = options;
  const command = options.command ?? [process.execPath, "run", resolve(PROJECT, "server.ts")];
  const child = Bun.spawn([...command, ...args], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdin: options.stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // A group of its own, signalled as a whole, as a terminal does: npx is a parent of the server.
    detached: true,
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const signal = (name: NodeJS.Signals) => {
    // After the end, another process may have the same id.
    if (!hasEnded()) process.kill(-child.pid, name);
  };
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = Promise.all([child.exited, stdout.done, stderr.done]).then(([exitCode]) => ({
    exitCode,
    stdout: stdout.text(),
    stderr: stderr.text(),
  }));
  return {
    pid: child.pid,
    hasEnded,
    printed: (text) => stdout.until(text),
    complained: (text) => stderr.until(text),
    signal,
    write: (text) => void child.stdin?.write(text),
    ended,
    [Symbol.asyncDispose]: async () => {
      signal("SIGKILL");
      await ended;
    },
  };
}

/** Reads a stream as it comes, and resolves the promises that wait for a text in it. */
function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const waiting = new Set<() => void>();
  let text = "";
  let isDone = false;
  const wake = () => waiting.forEach((check) => check());
  const done = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      wake();
    }
    isDone = true;
    wake();
  })();
  const until = (wanted: string) => {
    const { promise, resolve: found, reject } = Promise.withResolvers<string>();
    const check = () => {
      if (text.includes(wanted)) found(text);
      else if (isDone) reject(new Error(`ended before it printed ${wanted}: ${text}`));
    };
    waiting.add(check);
    check();
    return promise.finally(() => waiting.delete(check));
  };
  return { text: () => text, done, until };
}

/** Returns the port in a banner. */
export function portOf(banner: string): number {
  return Number(/wss?:\/\/[^/]+:(\d+)\/websocket/.exec(banner)?.[1]);
}

/** Tells whether a server answers at a port; behind a prefix, at the target that is given. */
export async function answers(port: number, target = "/rest"): Promise<boolean> {
  return request(port, "GET", target).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Resolves once a server answers at a port; rejects if its program ends before. */
export function untilAnswers(
  port: number,
  ended: Promise<unknown>,
  target = "/rest",
): Promise<void> {
  return untilReady(() => answers(port, target), ended);
}

/** Resolves once a program says that it is ready; rejects if it ends before. */
export async function untilReady(
  isReady: () => Promise<boolean>,
  ended: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  const watched = ended.then(() => (isOver = true));
  while (!(await isReady())) {
    if (isOver) throw new Error(`ended before it answered: ${Bun.inspect(await ended)}`);
    await Promise.race([Bun.sleep(0), watched]);
  }
}

/** Finds a free port, for a program that cannot tell which one it has taken. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/**
 * Finds a free port that the system gives to no client: one that asks again and again while nobody
 * listens may get the very port that it asks, and is then connected to itself.
 */
export async function freeFixedPort(): Promise<number> {
  for (;;) {
    // Below the ports for clients, which begin at 32768 (ip(7)).
    const port = await listenOnce(10_000 + Math.floor(Math.random() * 20_000)).catch(() => 0);
    if (port !== 0) return port;
  }
}

/** Listens for a moment; returns the port, which may be given. */
async function listenOnce(port: number): Promise<number> {
  const server = createServer().listen(port, "127.0.0.1");
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
