import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, watch } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { request } from "../helpers/raw-http.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { answers, freePort, portOf, runProgram, untilAnswers } from "../helpers/program.ts";
import { makeTree } from "../helpers/tree.ts";
import manifest from "../../package.json";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const tree = useTree({ "hello.txt": "hello", "other/inner.txt": "inner", closed: "a file" });

/** The last line of the banner. */
const LAST_LINE = "REST";

describe("start", () => {
  test("prints where to find everything, and all of it is there", async () => {
    await using program = runProgram(["--port", "0"], { cwd: tree.path });
    const banner = await program.printed(LAST_LINE);
    const port = portOf(banner);
    expect(banner).toStartWith(`Starting WS listener on ws://localhost:${port}/websocket\n`);
    expect(banner).not.toContain("\x1b");
    const urls = Array.from(banner.matchAll(/http:\S+/g), ([url]) => url);
    expect(urls).toEqual([
      `http://localhost:${port}/`,
      `http://localhost:${port}/test.html`,
      `http://localhost:${port}/rest`,
    ]);
    for (const url of urls) expect((await fetch(url)).status).toBe(200);
    expect(await (await fetch(`${urls[0]}hello.txt`)).text()).toBe("hello");
  });

  test("localhost is both loopback addresses", async () => {
    await using program = runProgram(["--port", "0"], { cwd: tree.path });
    const port = portOf(await program.printed(LAST_LINE));
    for (const host of ["127.0.0.1", "[::1]"]) {
      expect((await fetch(`http://${host}:${port}/rest`)).status).toBe(200);
    }
  });

  test("serves the directory that is named", async () => {
    await using program = runProgram(["other", "--port=0"], { cwd: tree.path });
    const port = portOf(await program.printed(LAST_LINE));
    expect((await request(port, "GET", "/inner.txt")).body.toString()).toBe("inner");
    expect((await request(port, "GET", "/hello.txt")).status).toBe(404);
  });

  test("--quiet prints nothing", async () => {
    const port = await freePort();
    await using program = runProgram(["-q", "-p", String(port)], { cwd: tree.path });
    await untilAnswers(port, program.ended);
    program.signal("SIGINT");
    expect(await program.ended).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("PORT and MEERKAT_HOST are read, and a flag wins", async () => {
    const env = { PORT: "1", MEERKAT_HOST: "127.0.0.1" };
    await using program = runProgram(["--port", "0"], { cwd: tree.path, env });
    expect(await program.printed(LAST_LINE)).toContain("http://127.0.0.1:");
  });

  test("bound to every address, it says the others too", async () => {
    await using program = runProgram(["--port", "0", "--host", "0.0.0.0"], { cwd: tree.path });
    const banner = await program.printed(LAST_LINE);
    expect(banner).toContain(`http://localhost:${portOf(banner)}/`);
  });
});

describe("--open", () => {
  test("hands the index's URL to the system's opener", async () => {
    using bin = makeTree({ "xdg-open": '#!/bin/sh\necho "$1" > "$(dirname "$0")/opened"\n' });
    chmodSync(bin.at("xdg-open"), 0o755);
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    using _watcher = watchFor(bin.path, "opened", resolve);
    const env = { PATH: `${bin.path}:${process.env["PATH"]}` };
    await using program = runProgram(["--port", "0", "-o"], { cwd: tree.path, env });
    const port = portOf(await program.printed(LAST_LINE));
    await opened;
    while (!readFileSync(bin.at("opened"), "utf8").endsWith("\n")) await Bun.sleep(0);
    expect(readFileSync(bin.at("opened"), "utf8")).toBe(`http://localhost:${port}/\n`);
  });

  test.each([
    ["there is none", {}, "xdg-open is not installed"],
    ["it is no program", { "xdg-open": "?" }, "xdg-open cannot be started (ENOEXEC)"],
  ])("says where to go if %s", async (_case, files, obstacle) => {
    using bin = makeTree(files);
    for (const name of Object.keys(files)) chmodSync(bin.at(name), 0o755);
    const command = [process.execPath, "run", resolve(import.meta.dir, "../../server.ts")];
    const env = { PATH: bin.path };
    await using program = runProgram(["--port", "0", "--open"], { cwd: tree.path, env, command });
    const port = portOf(await program.printed(LAST_LINE));
    await program.complained("--open");
    program.signal("SIGINT");
    expect(await program.ended).toMatchObject({
      exitCode: 0,
      stderr: `meerkat: --open: ${obstacle}; open http://localhost:${port}/ yourself\n`,
    });
  });
});

/** Calls back when a file of this name has been made in a directory. */
function watchFor(directory: string, name: string, made: () => void): Disposable {
  const watcher = watch(directory, (_event, file) => {
    if (file === name) made();
  });
  return { [Symbol.dispose]: () => watcher.close() };
}

describe("usage", () => {
  test.each([
    [["--help"], 0, "Usage: bun run server.ts [DIR] [options]"],
    [["-h"], 0, "--no-index"],
    [["--version"], 0, `meerkat ${manifest.version}\n`],
    [["-V"], 0, `meerkat ${manifest.version}\n`],
  ])("%j prints to stdout and exits with %i", async (args, exitCode, text) => {
    const result = await runProgram(args).ended;
    expect(result.stdout).toContain(text);
    expect(result.stderr).toBe("");
    expect(result.exitCode).toBe(exitCode);
  });

  test.each([
    [["--port", "x"], 2, "meerkat: --port x: give a whole number from 0 to 65535\n"],
    [["--nonsense"], 2, "meerkat: --nonsense: no such option; --help lists them\n"],
    [
      ["nothing-here"],
      1,
      "meerkat: nothing-here: there is no such directory; name one that exists\n",
    ],
    [
      ["--host", "192.0.2.1", "-p", "0"],
      1,
      "meerkat: --host 192.0.2.1: this machine has no such address; try 127.0.0.1, or 0.0.0.0 for all\n",
    ],
    [
      ["--host", "no-such-machine.invalid", "-p", "0"],
      1,
      "meerkat: --host no-such-machine.invalid: this name does not resolve; give an IP address or localhost\n",
    ],
  ])("%j is one line on stderr and exit %i", async (args, exitCode, stderr) => {
    const result = await runProgram(args, { cwd: tree.path }).ended;
    expect(result).toEqual({ exitCode, stdout: "", stderr });
  });
});

describe("A11 a DIR that is none is one line that says what to give", () => {
  test.each([
    ["README.md", "it is a file; name its directory, DIR"],
    ["./README.md", "it is a file; name its directory, DIR"],
    ["README.md/", "it is a file; name its directory, DIR"],
    ["README.md//", "it is a file; name its directory, DIR"],
    ["README.md/x/y", "DIR/README.md is a file; name its directory, DIR"],
    ["docs/guide.md", "it is a file; name its directory, DIR/docs"],
    ["docs/../README.md", "it is a file; name its directory, DIR/docs/.."],
    ["to-file", "it is a file; name its directory, DIR"],
    ["to-file/x", "DIR/to-file is a file; name its directory, DIR"],
    ["dangling", "it is a link to nothing-here, which is not there; name a directory that exists"],
    [
      "dangling/x",
      "DIR/dangling is a link to nothing-here, which is not there; name a directory that exists",
    ],
    ["loop", "its links lead in a circle; name a directory that exists"],
    ["loop/x", "its links lead in a circle; name a directory that exists"],
    ["fifo", "it is a FIFO; name its directory, DIR"],
    ["nothing-here", "there is no such directory; name one that exists"],
    ["docs/nothing/here", "there is no such directory; name one that exists"],
  ])("%s: %s", async (directory, message) => {
    using named = makeTree({
      "README.md": "",
      "docs/guide.md": "",
      "to-file": { link: "docs/guide.md" },
      dangling: { link: "nothing-here" },
      loop: { link: "loop" },
    });
    Bun.spawnSync(["mkfifo", named.at("fifo")]);
    const result = await runProgram([directory], { cwd: named.path }).ended;
    const stderr = `meerkat: ${directory}: ${message.replaceAll("DIR", named.path)}\n`;
    expect(result).toEqual({ exitCode: 1, stdout: "", stderr });
  });

  test.each([
    ["name", "a".repeat(300)],
    ["path", "a/".repeat(3000)],
  ])("a %s that is too long", async (_what, directory) => {
    const { stderr } = await runProgram([directory]).ended;
    const message = "no path can be so long; name a directory that exists";
    expect(stderr).toBe(`meerkat: ${directory}: ${message}\n`);
  });

  test.each(["/dev/null", "/dev/null/"])("%s is a device", async (directory) => {
    const { stderr } = await runProgram([directory]).ended;
    expect(stderr).toBe(`meerkat: ${directory}: it is a device; name its directory, /dev\n`);
  });

  test("with workers too", async () => {
    const { exitCode, stderr } = await runProgram(["--workers", "2", "hello.txt"], {
      cwd: tree.path,
    }).ended;
    const message = `meerkat: hello.txt: it is a file; name its directory, ${tree.path}\n`;
    expect([exitCode, stderr]).toEqual([1, message]);
  });
});

describe("a busy port", () => {
  test("that was asked for ends it with one line", async () => {
    await using first = runProgram(["--port", "0"], { cwd: tree.path });
    const port = portOf(await first.printed(LAST_LINE));
    const second = await runProgram(["--port", String(port)], { cwd: tree.path }).ended;
    expect(second.stderr).toBe(
      `meerkat: --port ${port}: it is in use; choose another, or 0 for any free one\n`,
    );
    expect(second.exitCode).toBe(1);
  });

  test("is also one of which only the IPv6 half is taken", async () => {
    const squatter = createServer().listen(0, "::1");
    await new Promise((resolve) => squatter.once("listening", resolve));
    const address = squatter.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const result = await runProgram(["--port", String(port)], { cwd: tree.path }).ended;
    squatter.close();
    expect(result.exitCode).toBe(1);
  });

  test("by default moves to the next free one, and says so", async () => {
    await using first = runProgram([], { cwd: tree.path });
    const taken = portOf(await first.printed(LAST_LINE));
    await using second = runProgram([], { cwd: tree.path });
    const banner = await second.printed(LAST_LINE);
    expect(portOf(banner)).toBeGreaterThan(taken);
    expect(banner).toStartWith(`Port 8000 is in use, so this is ${portOf(banner)}.\n`);
  });
});

describe("the end", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("%s exits with 0", async (signal) => {
    await using program = runProgram(["--port", "0"], { cwd: tree.path });
    const port = portOf(await program.printed(LAST_LINE));
    // An idle connection that is kept alive must not hold it up.
    expect((await fetch(`http://127.0.0.1:${port}/rest`)).status).toBe(200);
    program.signal(signal);
    const { exitCode, stderr } = await program.ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("WebSockets are closed with 1001", async () => {
    await using program = runProgram(["--port", "0"], { cwd: tree.path });
    const port = portOf(await program.printed(LAST_LINE));
    using socket = await RawWebSocket.open(port);
    program.signal("SIGINT");
    const frame = await socket.receive();
    expect([frame?.opcode, frame?.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 1001]);
    expect((await program.ended).exitCode).toBe(0);
  });

  test("a second signal does not wait for a peer that never reads", async () => {
    await using program = runProgram(["--port", "0"], { cwd: tree.path });
    const port = portOf(await program.printed(LAST_LINE));
    using socket = await RawWebSocket.open(port);
    socket.pause();
    for (let index = 0; index < 400; index++) socket.send(OPCODE.binary, Buffer.alloc(65536));
    program.signal("SIGINT");
    // Once it takes no more connections, it has seen the first signal.
    while (await answers(port)) await Bun.sleep(0);
    program.signal("SIGTERM");
    expect((await program.ended).exitCode).toBe(143);
  });

  test.each([
    ["a closed stdout", ">&-"],
    ["a full disk behind stdout", ">/dev/full"],
    // Without a PATH there is nothing to open a browser with, which is said there.
    ["a full disk behind stderr", "--open 2>/dev/full"],
  ])("%s does not end it", async (_what, rest) => {
    const port = await freePort();
    const server = `"${process.execPath}" run "${import.meta.dir}/../../server.ts"`;
    const command = ["/bin/sh", "-c", `PATH= exec ${server} -p ${port} ${rest}`];
    await using program = runProgram([], { cwd: tree.path, command });
    await untilAnswers(port, program.ended);
    program.signal("SIGINT");
    expect((await program.ended).exitCode).toBe(0);
  });
});
