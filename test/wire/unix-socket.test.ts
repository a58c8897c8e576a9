import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { resolve } from "node:path";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { runProgram } from "../helpers/program.ts";
import { exchange, request } from "../helpers/raw-http.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const SERVER = resolve(import.meta.dir, "../../server.ts");

const tree = useTree({ "hello.txt": "hello", "large.bin": Buffer.alloc(2 << 20), "sockets/": "" });

/** A path for a socket that no other test has. */
let count = 0;
const newPath = () => tree.at(`sockets/${++count}.sock`);

const start = (path: string, ...args: string[]) =>
  runProgram([tree.path, "--unix", path, ...args], { cwd: tree.path });

/** Somebody else who listens. */
async function squat(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).listen(path);
  await new Promise((resolve) => server.once("listening", resolve));
  return server;
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve));

describe("--unix", () => {
  test("serves everything there, and nothing at a port", async () => {
    const path = newPath();
    await using program = start(path);
    const banner = await program.printed("REST");
    expect(banner).toStartWith(`Starting WS listener on ws+unix:${path}:/websocket\n`);
    expect(banner).toContain(`curl --unix-socket ${path} http://localhost/rest`);
    expect(banner).not.toContain(":8000");
    expect((await request(path, "GET", "/hello.txt")).body.toString()).toBe("hello");
    expect((await request(path, "GET", "/large.bin")).body.length).toBe(2 << 20);
    expect((await request(path, "GET", "/.meerkat/health")).body.toString()).toBe("ok\n");
    using socket = await RawWebSocket.open(path);
    socket.send(OPCODE.text, "hello");
    expect((await socket.receive())?.payload.toString()).toBe("hello");
  });

  test("is reached as the banner says", async () => {
    const path = tree.at("sockets/it's a socket");
    await using program = start(path);
    const banner = await program.printed("REST");
    const [, command = ""] = /REST +(curl .*)/.exec(banner) ?? [];
    expect(Bun.spawnSync(["sh", "-c", `${command} -s`]).stdout.toString()).toBe('{"result":123}\n');
  });

  test("answers for every host, as no web page can come there, unless some are named", async () => {
    const [path, other] = [newPath(), newPath()];
    await using program = start(path);
    await program.printed("REST");
    const statusFor = async (place: string, host: string) =>
      (await request(place, "GET", "/hello.txt", { Host: host })).status;
    expect(await statusFor(path, "anything.example")).toBe(200);
    expect(await statusFor(path, "a/b")).toBe(400);
    expect((await exchange(path, "GET /hello.txt HTTP/1.1\r\n\r\n")).responses[0]?.status).toBe(
      400,
    );
    await using strict = start(other, "--allow-host", "files.example");
    await strict.printed("REST");
    expect(await statusFor(other, "files.example")).toBe(200);
    expect(await statusFor(other, "anything.example")).toBe(421);
  });

  test("is logged as unix, or as what the proxy says", async () => {
    const path = newPath();
    await using program = start(path, "--log", "text", "--trust-proxy");
    await program.printed("REST");
    await request(path, "GET", "/rest");
    await request(path, "GET", "/rest", { "X-Forwarded-For": "192.0.2.7" });
    using _socket = await RawWebSocket.open(path);
    program.signal("SIGINT");
    const { stdout } = await program.ended;
    const clients = stdout.split("\n").filter((line) => line.includes(" - - ["));
    expect(clients.map((line) => line.split(" ")[0])).toEqual(["unix", "192.0.2.7", "unix"]);
  });

  test("does not warn of --auth, which stays on this machine", async () => {
    const path = newPath();
    await using program = start(path, "--auth", "me:pass");
    await program.printed("REST");
    expect((await request(path, "GET", "/rest")).status).toBe(401);
    program.signal("SIGINT");
    expect((await program.ended).stderr).toBe("");
  });
});

describe("the socket", () => {
  test("is removed at the end", async () => {
    const path = newPath();
    await using program = start(path);
    await program.printed("REST");
    expect(lstatSync(path).isSocket()).toBe(true);
    program.signal("SIGINT");
    expect((await program.ended).exitCode).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test("that a killed server left is replaced", async () => {
    const path = newPath();
    await using killed = start(path);
    await killed.printed("REST");
    killed.signal("SIGKILL");
    await killed.ended;
    expect(lstatSync(path).isSocket()).toBe(true);
    await using program = start(path);
    await program.printed("REST");
    expect((await request(path, "GET", "/rest")).status).toBe(200);
  });

  // The superuser may remove anything anywhere; on Linux it can give that up, with util-linux.
  const SETPRIV = process.getuid?.() === 0 ? [Bun.which("setpriv"), "--bounding-set=-all"] : [];

  test.skipIf(SETPRIV.includes(null))(
    "that is left where nothing may be removed is said",
    async () => {
      using locked = makeTree();
      const path = locked.at("left.sock");
      await using killed = start(path);
      await killed.printed("REST");
      killed.signal("SIGKILL");
      await killed.ended;
      chmodSync(locked.path, 0o555);
      const command = [...SETPRIV.map(String), process.execPath, "run", SERVER];
      await using program = runProgram([tree.path, "--unix", path], { command });
      const { stderr, exitCode } = await program.ended;
      expect(stderr).toBe(
        `meerkat: --unix ${path}: a killed server left it and it cannot be removed; name another path\n`,
      );
      expect(exitCode).toBe(1);
    },
  );

  test("of a server that runs is left to it", async () => {
    const path = newPath();
    await using first = start(path);
    await first.printed("REST");
    const second = await start(path).ended;
    expect(second.stderr).toBe(
      `meerkat: --unix ${path}: another program listens there; stop it or name another path\n`,
    );
    expect(second.exitCode).toBe(1);
    expect((await request(path, "GET", "/rest")).status).toBe(200);
  });

  test("of any program that runs is left to it", async () => {
    const path = newPath();
    const squatter = await squat(path);
    const { stderr, exitCode } = await start(path).ended;
    await close(squatter);
    expect(stderr).toContain("another program listens there");
    expect(exitCode).toBe(1);
  });

  const NO_SOCKET = "the path exists and is not a socket; name another";
  const NO_DIRECTORY = "there is no such directory; make it, or name another path";

  test.each([
    ["a file", (path: string) => writeFileSync(path, "precious"), NO_SOCKET],
    ["a directory", (path: string) => mkdirSync(path), NO_SOCKET],
    ["a link to nothing", (path: string) => symlinkSync("nowhere", path), NO_SOCKET],
  ])("does not take the place of %s", async (_what, make, reason) => {
    const path = newPath();
    make(path);
    const before = lstatSync(path).ino;
    const { stderr, stdout, exitCode } = await start(path).ended;
    expect(stderr).toBe(`meerkat: --unix ${path}: ${reason}\n`);
    expect([stdout, exitCode]).toEqual(["", 1]);
    expect(lstatSync(path).ino).toBe(before);
  });

  test.each([
    ["no-such-directory/x", NO_DIRECTORY],
    ["hello.txt/x", NO_DIRECTORY],
    ["x".repeat(200), "the path of a socket has to be shorter, about 100 bytes at most"],
  ])("cannot be at %s", async (path, reason) => {
    const { stderr, exitCode } = await start(path).ended;
    expect(stderr).toBe(`meerkat: --unix ${path}: ${reason}\n`);
    expect(exitCode).toBe(1);
  });
});
