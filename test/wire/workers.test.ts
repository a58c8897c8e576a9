import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { makeOwnCertificate } from "../../src/server/tls/own-certificate.ts";
import { connectionsAtStake, killWhole } from "../helpers/connections.ts";
import { readMetrics, untilServing, valueOf, type Metrics } from "../helpers/metrics.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { request } from "../helpers/raw-http.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { SteadyLoad } from "../helpers/steady-load.ts";
import { shakeHands } from "../helpers/tls-peer.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const CLIENTS = { target: "/a.txt", keepAlive: 4, single: 4, echo: 4 };

/** A request, or how many lines were left out. */
interface LogLine {
  readonly target?: string;
  readonly status?: number;
  readonly dropped?: number;
}

const filesAnswered = (metrics: Metrics) =>
  valueOf(metrics, 'meerkat_requests_total{route="files",status="200"}');

/** The process ids of the workers, the one that is there longest first. */
function workersIn(metrics: Metrics): number[] {
  const starts = metrics.get("process_start_time_seconds")?.samples ?? new Map<string, number>();
  return Array.from(starts)
    .sort(([, one], [, other]) => one - other)
    .map(([sample]) => Number(/worker="(\d+)"/.exec(sample)?.[1]));
}

/** Asks until two workers serve, and gives the one that is not this one. */
async function untilAnother(port: number, pid: number): Promise<number> {
  for (;;) {
    const other = workersIn(await untilServing(port, 2)).find((each) => each !== pid);
    if (other !== undefined) return other;
  }
}

function startWorkers(args: readonly string[], cwd: string): Program {
  return runProgram(["--workers", "2", "--metrics", "--port", "0", ...args], { cwd });
}

/** Resolves when a line has been printed so many times. */
async function printedTimes(program: Program, line: string, times: number): Promise<void> {
  await program.printed(`${line}\n`.repeat(times));
}

// Elsewhere there is one process, and `worker-count.test.ts` says so.
describe.skipIf(process.platform !== "linux")("under load", () => {
  test("a rolling restart fails no request, and the counts add up", async () => {
    using tree = makeTree({ "a.txt": "a".repeat(1000) });
    await using program = startWorkers([], tree.path);
    const port = portOf(await program.printed("REST"));
    const before = workersIn(await readMetrics(port));
    const load = new SteadyLoad({ port, ...CLIENTS });
    await load.more(1000);
    for (let round = 1; round <= 2; round++) {
      program.signal("SIGUSR2");
      await printedTimes(program, "All workers were replaced.", round);
      await load.more(1000);
    }
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.goodbyes).toBeGreaterThanOrEqual(CLIENTS.keepAlive);
    expect(load.goneAway).toBeGreaterThanOrEqual(CLIENTS.echo);
    expect([...load.answers.keys()]).toEqual([200]);
    const metrics = await untilServing(port, 2);
    const after = workersIn(metrics);
    expect(after).toHaveLength(2);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect(filesAnswered(metrics)).toBe(load.answered);
    expect(valueOf(metrics, "meerkat_websocket_opened_total")).toBe(load.opened);
    // A message that came just before the 1001 is counted, but not echoed.
    const messages = valueOf(metrics, "meerkat_websocket_messages_total");
    expect(messages).toBeGreaterThanOrEqual(load.echoes);
    expect(messages).toBeLessThanOrEqual(load.echoes + load.goneAway);
    expect(valueOf(metrics, "meerkat_worker_deaths_total")).toBe(0);
    expect((await stop(program)).stderr).toBe("");
  });

  test("workers that are killed fail what is on their connections, and nothing else", async () => {
    using tree = makeTree({ "a.txt": "a".repeat(1000) });
    await using program = startWorkers([], tree.path);
    const port = portOf(await program.printed("REST"));
    const load = new SteadyLoad({ port, ...CLIENTS });
    let uncounted = 0;
    for (let round = 1; round <= 3; round++) {
      await load.more(1000);
      const answered = load.answered;
      const [victim = 0] = workersIn(await untilServing(port, 2));
      // Answers of the victim after its last report may never be counted.
      uncounted += load.answered - answered;
      const failed = load.failures.length;
      const atStake = connectionsAtStake(victim, port);
      killWhole(victim);
      await program.complained(`worker ${victim} ended (SIGKILL)`);
      await load.more(1000);
      const failures = load.failures.slice(failed);
      // A connection that was reset before its client knew of it has no port here.
      const strays = failures.filter(({ clientPort }) => clientPort !== 0);
      expect(strays.filter(({ clientPort }) => !atStake.has(clientPort))).toEqual([]);
      expect(failures.length).toBeLessThanOrEqual(atStake.size);
    }
    await load.stop();
    const metrics = await untilServing(port, 2);
    expect(valueOf(metrics, "meerkat_worker_deaths_total")).toBe(3);
    expect(filesAnswered(metrics)).toBeGreaterThanOrEqual(load.answered - uncounted);
    expect(filesAnswered(metrics)).toBeLessThanOrEqual(load.answered + load.failures.length);
    const { exitCode } = await stop(program);
    expect(exitCode).toBe(0);
  });
});

describe.skipIf(process.platform !== "linux")("--workers", () => {
  test("are as many processes as are asked for, and the banner says so once", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = startWorkers([], tree.path);
    const banner = await program.printed("Workers    2\n");
    expect(banner.match(/Starting/g)).toHaveLength(1);
    const pids = workersIn(await readMetrics(portOf(banner)));
    expect(pids).toHaveLength(2);
    expect(pids).not.toContain(program.pid);
    expect(await stop(program)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("1 is the server by itself", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = startWorkers(["--workers", "1"], tree.path);
    const port = portOf(await program.printed("REST"));
    expect((await readMetrics(port)).has("meerkat_workers")).toBe(false);
  });

  test.each([
    [["missing"], "meerkat: missing: there is no such directory; name one that exists\n"],
    [
      ["--cert", "a.txt", "--key", "a.txt"],
      "meerkat: --cert a.txt: it holds no certificate in PEM; openssl x509 converts other forms\n",
    ],
  ])("%j is one line on stderr and exit 1", async (args, stderr) => {
    using tree = makeTree({ "a.txt": "a" });
    expect(await startWorkers(args, tree.path).ended).toEqual({ exitCode: 1, stdout: "", stderr });
  });

  test("a port that workers share is busy for everybody else", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = startWorkers([], tree.path);
    const port = portOf(await program.printed("REST"));
    const stderr = `meerkat: --port ${port}: it is in use; choose another, or 0 for any free one\n`;
    for (const workers of ["1", "2"]) {
      const args = ["--port", String(port), "--workers", workers];
      const second = await runProgram(args, { cwd: tree.path }).ended;
      expect(second).toEqual({ exitCode: 1, stdout: "", stderr });
    }
  });

  test("health is 200 through a restart, and 503 once all drain", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = startWorkers([], tree.path);
    const port = portOf(await program.printed("REST"));
    const load = new SteadyLoad({ port, target: "/.meerkat/health", keepAlive: 4, single: 2 });
    await load.more(100);
    program.signal("SIGUSR2");
    await program.printed("All workers were replaced.\n");
    expect([...load.answers.keys()]).toEqual([200]);
    program.signal("SIGTERM");
    while (!load.answers.has(503)) await load.more(1);
    await load.stop();
    expect((await program.ended).exitCode).toBe(0);
  });

  test("SIGTERM to one of them has another take its place, and loses no request", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = startWorkers([], tree.path);
    const port = portOf(await program.printed("REST"));
    const load = new SteadyLoad({ port, ...CLIENTS });
    await load.more(100);
    const before = workersIn(await readMetrics(port));
    const [victim = 0, other = 0] = before;
    if (victim === 0) throw new Error("no worker is counted");
    process.kill(victim, "SIGTERM");
    while (workersIn(await readMetrics(port)).includes(victim)) await load.more(1);
    await load.stop();
    expect(load.failures).toEqual([]);
    const after = workersIn(await untilServing(port, 2));
    expect(after).toHaveLength(2);
    expect(after).toContain(other);
    expect((await stop(program)).stderr).toBe("");
  });

  test("one that ends at once, again and again, is waited for longer and longer", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = startWorkers([], tree.path);
    const port = portOf(await program.printed("REST"));
    const [stays = 0] = workersIn(await readMetrics(port));
    for (const end of ["starts\n", "starts in 0.5 s\n", "starts in 1 s\n"]) {
      const victim = await untilAnother(port, stays);
      killWhole(victim);
      await program.complained(`worker ${victim} ended (SIGKILL); another one ${end}`);
    }
  });

  test("the end of the first process is that of its workers", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = startWorkers([], tree.path);
    const port = portOf(await program.printed("REST"));
    const pids = workersIn(await readMetrics(port));
    using socket = await RawWebSocket.open(port);
    process.kill(program.pid, "SIGKILL");
    const frame = await socket.receive();
    expect([frame?.opcode, frame?.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 1001]);
    // Both hold its stdout, which ends with the last of them.
    await program.ended;
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("a second signal ends all at once, whatever is under way", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = startWorkers(["--drain", "1000"], tree.path);
    const port = portOf(await program.printed("REST"));
    using socket = await RawWebSocket.open(port);
    socket.pause();
    for (let index = 0; index < 400; index++) socket.send(OPCODE.binary, Buffer.alloc(65536));
    const load = new SteadyLoad({ port, target: "/.meerkat/health", single: 1 });
    process.kill(program.pid, "SIGTERM");
    while (!load.answers.has(503)) await load.more(1);
    process.kill(program.pid, "SIGTERM");
    expect((await program.ended).exitCode).toBe(143);
    await load.stop();
  });

  test("no line of the access log is in the middle of another", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = startWorkers(["--log", "json"], tree.path);
    const port = portOf(await program.printed("REST"));
    // With so many clients more is written at a time than a pipe holds.
    const target = `/a.txt?${"x".repeat(3500)}`;
    const load = new SteadyLoad({ port, target, keepAlive: 64 });
    await load.more(2000);
    await load.stop();
    const { stdout } = await stop(program);
    const lines = stdout.slice(stdout.indexOf("{")).trimEnd().split("\n");
    const logged = lines.map((line) => JSON.parse(line) as LogLine);
    // The log counts the lines that came faster than it was read.
    const dropped = logged.reduce((sum, line) => sum + (line.dropped ?? 0), 0);
    const written = logged.filter((line) => line.target === target && line.status === 200);
    expect(written.length + dropped).toBe(load.answered);
    expect(written.length).toBeGreaterThan(100);
  });
});

describe.skipIf(process.platform !== "linux")("--workers with TLS", () => {
  test("show one certificate, which was made for the run, also after one is killed", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = runProgram(["--workers", "2", "--port", "0", "--tls"], {
      cwd: tree.path,
    });
    const banner = await program.printed("SHA-256");
    const shown = await fingerprintsAt(portOf(banner));
    expect(shown).toEqual([/SHA-256 +(\S+)/.exec(banner)?.[1] ?? ""]);
    program.signal("SIGUSR2");
    await program.printed("All workers were replaced.\n");
    expect(await fingerprintsAt(portOf(banner))).toEqual(shown);
  });

  test("SIGHUP shows another in all of them", async () => {
    using tree = makeTree({});
    const write = () => {
      const { cert, key } = makeOwnCertificate({ hosts: [], nowMs: Date.now() });
      writeFileSync(tree.at("server.crt"), cert);
      writeFileSync(tree.at("server.key"), key);
      return new X509Certificate(cert).fingerprint256;
    };
    const first = write();
    const args = ["--workers", "2", "--port", "0", "--cert", "server.crt", "--key", "server.key"];
    await using program = runProgram(args, { cwd: tree.path });
    const port = portOf(await program.printed("REST"));
    expect(await fingerprintsAt(port)).toEqual([first]);
    const second = write();
    program.signal("SIGHUP");
    await program.printed("The certificate was read again.\n");
    while ((await fingerprintsAt(port)).includes(first));
    expect(await fingerprintsAt(port)).toEqual([second]);
    // A later worker gets the credentials from its parent, not from the file, which is broken meanwhile.
    writeFileSync(tree.at("server.key"), "nonsense");
    program.signal("SIGUSR2");
    await program.printed("All workers were replaced.\n");
    expect(await fingerprintsAt(port)).toEqual([second]);
    program.signal("SIGHUP");
    await program.complained("--key server.key: it holds no private key in PEM");
  });
});

/** Returns the fingerprints that clients see over so many connections that every worker has some. */
async function fingerprintsAt(port: number): Promise<string[]> {
  const shown = new Set<string>();
  for (let count = 0; count < 30; count++) {
    const { pem } = await shakeHands(port);
    shown.add(new X509Certificate(pem).fingerprint256);
  }
  return [...shown];
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/fd/0`); // a zombie has no descriptors
}

function stop(program: Program) {
  program.signal("SIGTERM");
  return program.ended;
}

describe.skipIf(process.platform !== "linux")("D10 a worker that is stopped by SIGSTOP", () => {
  test("is noticed, killed and replaced, and all connections are answered again", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = runProgram(["--workers", "3", "--metrics", "--port", "0"], {
      cwd: tree.path,
    });
    const { port, stopped } = await stopOneOfThree(program);
    // A restart meanwhile waits for the one that hangs, and goes on when that is killed.
    program.signal("SIGUSR2");
    await program.complained(`worker ${stopped} has not answered for seconds; it is killed\n`);
    await program.printed("All workers were replaced.\n");
    for (let asked = 0; asked < 60; asked++) {
      expect((await request(port, "GET", "/a.txt")).body.toString()).toBe("a");
    }
    expect(isAlive(stopped)).toBe(false);
  });

  test("gets no new connections even before it is killed", async () => {
    using tree = makeTree({ "a.txt": "a" });
    await using program = runProgram(["--workers", "3", "--metrics", "--port", "0"], {
      cwd: tree.path,
    });
    const { port, stopped } = await stopOneOfThree(program);
    // A client that asked the stopped worker gives up, and asks again.
    while (!(await areAllAnswered(port, 30)));
    expect(isAlive(stopped)).toBe(true);
  });
});

/** Waits until three workers serve, and stops one of them. */
async function stopOneOfThree(program: Program) {
  const port = portOf(await program.printed("REST"));
  const [stopped = 0] = workersIn(await untilServing(port, 3));
  process.kill(stopped, "SIGSTOP");
  return { port, stopped };
}

/** Asks on so many connections at once; tells whether each was answered within a second. */
async function areAllAnswered(port: number, connections: number): Promise<boolean> {
  const answers = await Promise.allSettled(
    Array.from({ length: connections }, () =>
      fetch(`http://localhost:${port}/rest`, {
        headers: { Connection: "close" },
        signal: AbortSignal.timeout(1000),
      }).then((response) => response.text()),
    ),
  );
  return answers.every(({ status }) => status === "fulfilled");
}
