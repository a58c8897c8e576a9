/**
 * The smoke test of a compiled binary: started from an empty directory, it serves its pages, the
 * index, a README, `/rest` and an archive, echoes, sets its sockets' options, ends with 0, has workers,
 * which are replaced when its directory or its file is gone, and does TLS with a certificate of its own.
 * The binary reads no configuration from the directory that it is started in.
 *
 *   bun run test/smoke.ts dist/meerkat
 */
import { strict as assert } from "node:assert";
import { cpSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { resolve } from "node:path";
import { FALLBACK_ASSETS, RESERVED_ASSETS } from "../src/routes/embedded.ts";
import { portOf, runProgram } from "./helpers/program.ts";
import { request } from "./helpers/raw-http.ts";
import { OPCODE, RawWebSocket } from "./helpers/raw-websocket.ts";
import { CONGESTION, IS_LISTENER, readOption, withDescriptorOf } from "./helpers/socket-option.ts";
import { shakeHands } from "./helpers/tls-peer.ts";
import { makeTree } from "./helpers/tree.ts";
import { describeTree, unpack } from "./helpers/unpack.ts";

const [binary] = process.argv.slice(2);
assert(binary !== undefined, "name the binary");

/** Longer than what is rendered without the thread, whose code has to be in the binary. */
const README = "Some *words*.\n\n".repeat(1000);

/** Bun reads the last two in the directory that a program starts in, if it is not told otherwise. */
const TRAPS = {
  "file.txt": "a file",
  "README.md": README,
  "trap.js": "console.log('sprung')",
  "bunfig.toml": 'preload = ["./trap.js"]',
  ".env": "MEERKAT_HIDDEN=1",
};

using tree = makeTree({ "empty/": "" });
using traps = makeTree(TRAPS);
const command = [resolve(binary)];
await using program = runProgram(["--port", "0"], { cwd: tree.at("empty"), command });
const port = portOf(await program.printed("REST"));

for (const target of ["/", ...FALLBACK_ASSETS.keys(), ...RESERVED_ASSETS.keys()]) {
  const response = await request(port, "GET", target);
  assert.equal(response.status, 200, target);
  assert(response.body.length > 100, target);
}
assert.equal((await request(port, "GET", "/rest")).body.toString(), '{"result":123}\n');
assert.equal((await request(port, "GET", "/nothing")).status, 404);

{
  using socket = await RawWebSocket.open(port);
  socket.send(OPCODE.text, "hello");
  assert.equal((await socket.receive())?.payload.toString(), "hello");
}

const STDIN = 0;
const isVisible =
  process.platform === "linux" && withDescriptorOf(program.pid, STDIN, () => true) === true;
if (isVisible) {
  // `bun:ffi` works in it too: nothing else would set these.
  const listeners = readdirSync(`/proc/${program.pid}/fd`).filter((descriptor) =>
    withDescriptorOf(program.pid, Number(descriptor), isTunedListener),
  );
  assert(listeners.length > 0, "no listener");
}

program.signal("SIGTERM");
assert.equal((await program.ended).exitCode, 0);

{
  await using trapped = runProgram(["--port", "0"], { cwd: traps.path, command });
  const trappedPort = portOf(await trapped.printed("REST"));
  assert.equal((await request(trappedPort, "GET", "/.env")).status, 404);
  const page = await request(trappedPort, "GET", "/", { Accept: "text/html" });
  assert(page.body.toString().includes("<em>words</em>"), "the README was not rendered");
  const archive = await request(trappedPort, "GET", "/?archive=tar.gz");
  using unpacked = unpack(archive.body, "tar.gz");
  const names = Object.keys(describeTree(unpacked.path)).map((path) => path.split("/").at(-1));
  assert(names.includes("file.txt"), names.join());
  assert(!names.includes(".env"), names.join());
  trapped.signal("SIGTERM");
  assert(!(await trapped.ended).stdout.includes("sprung"), "bunfig.toml was read");
}

{
  // The workers are the same file again.
  await using several = runProgram(["--workers", "2", "--port", "0"], { cwd: traps.path, command });
  const severalPort = portOf(await several.printed("Workers"));
  assert.equal((await request(severalPort, "GET", "/file.txt")).body.toString(), "a file");
  assert.equal((await request(severalPort, "GET", "/.env")).status, 404);
  several.signal("SIGTERM");
  const { exitCode, stdout } = await several.ended;
  assert.equal(exitCode, 0);
  assert(!stdout.includes("sprung"), "bunfig.toml was read by a worker");
}

{
  // Row C4 of the field report, and C5: the directory that it was started in is removed, then its file.
  using home = makeTree({ "start/": "", "served/file.txt": "a file", "release/": "" });
  cpSync(resolve(binary), home.at("release/meerkat"));
  symlinkSync("release", home.at("current"));
  const cwd = home.at("start");
  const args = ["../served", "--workers", "2", "--port", "0"];
  await using moved = runProgram(args, { cwd, command: [home.at("current/meerkat")] });
  const movedPort = portOf(await moved.printed("Workers"));
  const failed = moved.complained("keep serving").then((text) => assert.fail(text));
  failed.catch(() => undefined); // as it also ends
  const restart = async (times: number) => {
    // To the parent alone: a worker that is just beginning has no handler yet.
    process.kill(moved.pid, "SIGUSR2");
    await Promise.race([moved.printed("All workers were replaced.\n".repeat(times)), failed]);
    for (let each = 0; each < 10; each++) {
      assert.equal((await request(movedPort, "GET", "/file.txt")).body.toString(), "a file");
    }
  };
  rmSync(cwd, { recursive: true });
  await restart(1);
  rmSync(home.at("release"), { recursive: true });
  await restart(2);
  assert(
    (await moved.complained("is gone")).includes("the workers run the binary that is running"),
  );
  moved.signal("SIGTERM");
  assert.equal((await moved.ended).exitCode, 0);
}

{
  await using secure = runProgram(["--tls", "--port", "0"], { cwd: tree.at("empty"), command });
  const { pem, certificate } = await shakeHands(portOf(await secure.printed("REST")));
  assert((await secure.printed("SHA-256")).includes(certificate.fingerprint256));
  const url = `https://localhost:${portOf(await secure.printed("REST"))}/rest`;
  assert.equal(await (await fetch(url, { tls: { ca: pem } })).text(), '{"result":123}\n');
}

function isTunedListener(descriptor: number): boolean {
  if (readOption(descriptor, IS_LISTENER)?.readInt32LE() !== 1) return false;
  assert(readOption(descriptor, CONGESTION)?.toString().startsWith("reno\0"));
  return true;
}

const seen = isVisible ? "socket options, " : "(socket options cannot be seen here) ";
console.log(`${binary}: pages, /rest, archive, echo, ${seen}workers, TLS and exit are right`);
