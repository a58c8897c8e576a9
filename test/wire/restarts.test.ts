/** Rows C1, C4, C5, C8 and C9 of the field report: what happens where servers are started, stopped and replaced. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { codeOf } from "../../src/system/system-error.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { freeFixedPort, freePort, portOf, runProgram, untilAnswers } from "../helpers/program.ts";
import { formatRequest, request, type RawResponse } from "../helpers/raw-http.ts";
import { connectTo } from "../helpers/transport.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const PROJECT = resolve(import.meta.dir, "../..");
const TWO = ["--workers", "2", "--host", "127.0.0.1"] as const;

/** Has the server close a connection first, so that the kernel remembers its port for a minute. */
async function leaveTimeWait(port: number): Promise<void> {
  const socket = connectTo(port);
  socket.write(formatRequest("GET", "/rest", { Connection: "close" }));
  socket.resume();
  await new Promise((done) => socket.once("close", done));
}

describe.skipIf(process.platform !== "linux")("C1 ports", () => {
  test("two workers start where a server has just closed a connection and stopped", async () => {
    using tree = makeTree();
    const port = await freePort();
    const args = ["--port", String(port), "--host", "127.0.0.1"];
    {
      await using one = runProgram(args, { cwd: tree.path });
      await one.printed("REST");
      await leaveTimeWait(port);
      one.signal("SIGINT");
      await one.ended;
    }
    await using program = runProgram([...TWO, "--port", String(port)], { cwd: tree.path });
    expect(await program.printed("REST")).toContain("Workers    2");
    expect((await request(port, "GET", "/rest")).status).toBe(200);
  });

  test("a port in use is said to be in use", async () => {
    using tree = makeTree();
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => other.once("listening", done));
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const { exitCode, stderr } = await runProgram([...TWO, "--port", String(port)], {
      cwd: tree.path,
    }).ended;
    other.close();
    expect([exitCode, stderr]).toEqual([
      1,
      `meerkat: --port ${port}: it is in use; choose another, or 0 for any free one\n`,
    ]);
  });

  test("SIGUSR2 to a server without workers says one line and changes nothing", async () => {
    using tree = makeTree();
    await using program = runProgram(["--port", "0"], { cwd: tree.path });
    const port = portOf(await program.printed("REST"));
    program.signal("SIGUSR2");
    const complaint = await program.complained("--workers");
    expect(complaint.split("\n")).toHaveLength(2);
    expect((await request(port, "GET", "/rest")).status).toBe(200);
  });
});

/** What came of a request: an answer, a refused connection or a lost one. */
type Outcome = "." | "r" | "x";

/** Asks every 4 ms, each time over a connection of its own, until it is disposed of. */
class Asker implements Disposable {
  readonly #port: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #outcomes = "";

  constructor(port: number) {
    this.#port = port;
    this.#timer = setInterval(async () => {
      const outcome = await this.#ask();
      this.#outcomes += outcome;
    }, 4);
  }

  /** Resolves once that many requests have been answered since the last call of `takeOutcomes()`. */
  async answers(count: number): Promise<void> {
    while (this.#outcomes.split(".").length <= count) await Bun.sleep(1);
  }

  /** Returns the outcomes since the last call, in the order in which they came. */
  takeOutcomes(): string {
    const outcomes = this.#outcomes;
    this.#outcomes = "";
    return outcomes;
  }

  async #ask(): Promise<Outcome> {
    const answered = await request(this.#port, "GET", "/rest").catch((error: unknown) => error);
    if (answered instanceof Error) return codeOf(answered) === "ECONNREFUSED" ? "r" : "x";
    return (answered as RawResponse).status === 200 ? "." : "x";
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/**
 * Nobody listens, the port is taken, all is answered, and nobody listens again. A client that comes just
 * before that is kept waiting for a second, and then answered by the next server, or refused.
 */
const WHOLE_LIFE = /^[rx]*(?:\.r*)+$/;

/** How many answers to wait for before the server is stopped, which answers on for a second. */
const ENOUGH = 50;

test.skipIf(process.platform !== "linux")(
  "C1 eight restarts under a client that never rests: two workers, and no answer lost after the first",
  async () => {
    using tree = makeTree();
    const port = await freeFixedPort();
    using asker = new Asker(port);
    const args = [...TWO, "--port", String(port), "--metrics"];
    for (let each = 0; each < 8; each++) {
      await using program = runProgram(args, { cwd: tree.path });
      expect(await program.printed("REST")).toContain("Workers    2");
      const metrics = (await request(port, "GET", "/.meerkat/metrics")).body.toString();
      expect(metrics).toContain("\nmeerkat_workers 2\n");
      await asker.answers(ENOUGH);
      // It lingers for a second, as an operator's server does.
      program.signal("SIGTERM");
      expect(await program.ended).toMatchObject({ exitCode: 0, stderr: "" });
      expect(asker.takeOutcomes()).toMatch(WHOLE_LIFE);
    }
  },
);

/** A copy of the program, as a release. */
function release(tree: Tree, name: string, answer: number): void {
  for (const part of ["server.ts", "package.json", "src", "public"]) {
    cpSync(resolve(PROJECT, part), tree.at(`${name}/${part}`), { recursive: true });
  }
  const rest = tree.at(`${name}/src/routes/rest.ts`);
  writeFileSync(rest, RELEASE.replace("ANSWER", String(answer)));
}

const RELEASE = `export function rest(): Response { return new Response("release ANSWER"); }\n`;

describe.skipIf(process.platform !== "linux")("C5 a release that is a link", () => {
  /** Two releases, and a server with workers that was started through the link to the first. */
  async function startFirst(bun = process.execPath) {
    const tree = makeTree();
    release(tree, "1", 1);
    release(tree, "2", 2);
    symlinkSync("1", tree.at("current"));
    mkdirSync(tree.at("served"));
    const command = [bun, "run", tree.at("current/server.ts")];
    const program = runProgram([...TWO, "--port", "0", tree.at("served")], { command });
    const port = portOf(await program.printed("REST"));
    const answer = async () => (await request(port, "GET", "/rest")).body.toString();
    expect(await answer()).toBe("release 1");
    return { tree, program, answer };
  }

  const swing = (tree: Tree, to: string) => {
    symlinkSync(to, tree.at("next"));
    renameSync(tree.at("next"), tree.at("current"));
  };

  test("SIGUSR2 runs what the link leads to now, also when the first is gone", async () => {
    const { tree, program, answer } = await startFirst();
    await using _program = program;
    using _tree = tree;
    swing(tree, "2");
    rmSync(tree.at("1"), { recursive: true });
    program.signal("SIGUSR2");
    await program.printed("All workers were replaced.");
    for (let each = 0; each < 20; each++) expect(await answer()).toBe("release 2");
  });

  test("SIGUSR2 during a restart begins another one after it", async () => {
    const { tree, program, answer } = await startFirst();
    await using _program = program;
    using _tree = tree;
    // Says when the first worker of the restart begins, which is the first release's.
    const begun = tree.at("1/src/routes/rest.ts");
    const note = `import { writeFileSync } from "node:fs"; writeFileSync("${tree.at("begun")}", "");\n`;
    writeFileSync(begun, `${note}${RELEASE.replace("ANSWER", "1")}`);
    program.signal("SIGUSR2");
    while (!existsSync(tree.at("begun"))) await Bun.sleep(1);
    swing(tree, "2");
    // To the parent alone: a worker that is just beginning has no handler yet.
    process.kill(program.pid, "SIGUSR2");
    process.kill(program.pid, "SIGUSR2");
    await program.printed("replaced.\nAll workers were replaced.");
    for (let each = 0; each < 20; each++) expect(await answer()).toBe("release 2");
  });

  test("SIGUSR2 where no release is left says one line, and a later one replaces", async () => {
    const { tree, program, answer } = await startFirst();
    await using _program = program;
    using _tree = tree;
    for (const name of ["1", "current"]) renameSync(tree.at(name), tree.at(`${name}-away`));
    program.signal("SIGUSR2");
    const gone = `${tree.at("current/server.ts")} is gone; put it back`;
    const complaint = await program.complained("keep serving");
    expect(complaint).toBe(
      `meerkat: a worker cannot be started (${gone}) (the current workers keep serving)\n`,
    );
    expect(await answer()).toBe("release 1");
    symlinkSync("2", tree.at("current"));
    program.signal("SIGUSR2");
    await program.printed("All workers were replaced.");
    for (let each = 0; each < 20; each++) expect(await answer()).toBe("release 2");
  });

  test("the Bun that runs it may be removed", async () => {
    using bin = makeTree();
    cpSync(process.execPath, bin.at("bun"));
    const { tree, program, answer } = await startFirst(bin.at("bun"));
    await using _program = program;
    using _tree = tree;
    rmSync(bin.at("bun"));
    swing(tree, "2");
    program.signal("SIGUSR2");
    await program.printed("All workers were replaced.");
    for (let each = 0; each < 20; each++) expect(await answer()).toBe("release 2");
  });
});

describe.skipIf(process.platform !== "linux")("C4 the directory the server was started in", () => {
  test("may be removed: workers are replaced, and a relative DIR stays what it was", async () => {
    using tree = makeTree({ "start/": "", "served/a.txt": "a" });
    await using program = runProgram([...TWO, "--port", "0", "../served"], {
      cwd: tree.at("start"),
    });
    const port = portOf(await program.printed("REST"));
    rmSync(tree.at("start"), { recursive: true });
    program.signal("SIGUSR2");
    await program.printed("All workers were replaced.");
    for (let each = 0; each < 10; each++) {
      expect((await request(port, "GET", "/a.txt")).body.toString()).toBe("a");
    }
  });
});

describe("C8 SIGHUP", () => {
  test("during the drain lets it go on, and the exit code is 0", async () => {
    using tree = makeTree();
    await using program = runProgram(["--port", "0", "--linger", "1"], { cwd: tree.path });
    const port = portOf(await program.printed("REST"));
    program.signal("SIGTERM");
    // The health says so as soon as the drain has begun.
    while ((await request(port, "GET", "/.meerkat/health")).status !== 503);
    program.signal("SIGHUP");
    program.signal("SIGUSR2");
    expect((await program.ended).exitCode).toBe(0);
  });

  test.each([
    ["SIGTERM", "SIGHUP", []],
    ["SIGHUP", "SIGTERM", []],
    ["SIGTERM", "SIGHUP", ["--workers", "2"]],
  ] as const)("%s and %s at once, as at the end of a session, with %j: 0", async (...row) => {
    const [first, second, args] = row;
    using tree = makeTree();
    await using program = runProgram(["--port", "0", "--linger", "0", ...args], { cwd: tree.path });
    await program.printed("REST");
    // Both wait while it is stopped.
    program.signal("SIGSTOP");
    program.signal(first);
    program.signal(second);
    program.signal("SIGCONT");
    expect((await program.ended).exitCode).toBe(0);
  });

  test("alone ends it as usual, but not below nohup", async () => {
    using tree = makeTree();
    await using usual = runProgram(["--port", "0"], { cwd: tree.path });
    await usual.printed("REST");
    usual.signal("SIGHUP");
    expect((await usual.ended).exitCode).toBe(129);
    const server = [process.execPath, "run", resolve(PROJECT, "server.ts")];
    const command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", ...server];
    await using kept = runProgram(["--port", "0"], { cwd: tree.path, command });
    const port = portOf(await kept.printed("REST"));
    kept.signal("SIGHUP");
    expect((await request(port, "GET", "/rest")).status).toBe(200);
    kept.signal("SIGTERM");
    expect((await kept.ended).exitCode).toBe(0);
  });
});

test("C9 --open where nothing opens says so, and goes on", async () => {
  using tree = makeTree({ "bin/xdg-open": "#!/bin/sh\nexit 3\n" });
  using served = makeTree();
  Bun.spawnSync(["chmod", "+x", tree.at("bin/xdg-open")]);
  const port = await freePort();
  await using program = runProgram(["--port", String(port), "--open"], {
    cwd: served.path,
    env: { PATH: `${tree.at("bin")}:${process.env["PATH"]}` },
  });
  expect(await program.complained("--open")).toContain("open http://localhost");
  await untilAnswers(port, program.ended);
});

const canUnshare = Bun.spawnSync(["unshare", "-rn", "true"]).exitCode === 0;

test.skipIf(!canUnshare)("C9 localhost is ::1 where there is no 127.0.0.1", async () => {
  using tree = makeTree();
  const script = 'ip link set lo up && ip address del 127.0.0.1/8 dev lo && exec "$@"';
  const server = [process.execPath, "run", resolve(PROJECT, "server.ts")];
  const command = ["unshare", "-rn", "sh", "-c", script, "sh", ...server];
  await using program = runProgram(["--port", "0"], { cwd: tree.path, command });
  expect(await program.printed("REST")).toContain("http://localhost:");
});
