import { createServer } from "node:net";
import { resolve } from "node:path";
import { request } from "./raw-http.ts";

const PROJECT = resolve(import.meta.dir, "../..");

/** The server as a child process. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with everything printed so far once a line contains this; rejects if it ends before. */
  readonly printed: (text: string) => Promise<string>;
  /** The same of what it printed as errors. */
  readonly complained: (text: string) => Promise<string>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

/** How a program is started. */
export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The command before the arguments; the server under this Bun if it is left out. */
  readonly command?: readonly string[];
}

/** Starts `bun run server.ts` with these arguments, and no variable that would change its ways. */
export function runProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const { cwd = PROJECT, env = {} } = options;
  const command = options.command ?? [process.execPath, "run", resolve(PROJECT, "server.ts")];
  const child = Bun.spawn([...command, ...args], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // A group of its own, signalled as a whole, as a terminal does: npx is a parent of the server.
    detached: true,
  });
  const signal = (name: NodeJS.Signals) => {
    // Once it has been reaped its number may be somebody else's.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name);
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
    printed: (text) => stdout.until(text),
    complained: (text) => stderr.until(text),
    signal,
    ended,
    [Symbol.asyncDispose]: async () => {
      signal("SIGKILL");
      await ended;
    },
  };
}

/** Reads a stream as it comes, and wakes those who wait for a text in it. */
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

/** The port that a banner tells of. */
export function portOf(banner: string): number {
  return Number(/wss?:\/\/[^/]+:(\d+)\/websocket/.exec(banner)?.[1]);
}

/** Whether there is a server at a port, and it answers; for one behind a prefix, where it says so. */
export async function answers(port: number, target = "/rest"): Promise<boolean> {
  return request(port, "GET", target).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Resolves once a server answers at a port; rejects if the program that is to do so ends before. */
export async function untilAnswers(
  port: number,
  ended: Promise<unknown>,
  target = "/rest",
): Promise<void> {
  let isOver = false;
  const watched = ended.then(() => (isOver = true));
  while (!(await answers(port, target))) {
    if (isOver) throw new Error(`ended before it answered: ${Bun.inspect(await ended)}`);
    await Promise.race([Bun.sleep(0), watched]);
  }
}

/** A port that nobody uses: for a program that cannot say which one it has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
