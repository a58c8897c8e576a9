/** The unit and the container file, done: the binary serves with what each of them leaves of the machine. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildBinary, canMount } from "../helpers/binary.ts";
import { untilServing } from "../helpers/metrics.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { freePort, runProgram, untilAnswers, type Program } from "../helpers/program.ts";
import { field, request } from "../helpers/raw-http.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { findProgram } from "../helpers/system-program.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";
import { filtersOf, optionsOf } from "./sandbox/rules.ts";

setDefaultTimeout(PATIENCE_MS);

const read = (name: string) => readFileSync(join(import.meta.dir, name), "utf8");
const UNIT = optionsOf(read("meerkat.service"));
const CONTAINERFILE = read("Containerfile");

const TWO_WORKERS = ["--workers", "2", "--metrics"];

const SYSTEMD = findProgram("systemd-analyze");
const NEW_NAMESPACES = ["unshare", "--mount", "--pid", "--fork"] as const;

/** In CI they have to be permitted; elsewhere the tests say that they are skipped. */
const isPermitted = canMount();
const isInCi = process.env["CI"] !== undefined && process.platform === "linux";
const isSkipped = (!isPermitted && !isInCi) || process.platform !== "linux";
const reason = isSkipped ? " (mounts in a namespace are not permitted here)" : "";

/** Small from memory, compressed, and from the disk with sendfile. */
const FILES = {
  "small.txt": "small",
  "text.js": "let a = 1;\n".repeat(2000),
  "large.bin": Buffer.alloc(2 << 20, "large"),
} as const;

let bin: Tree;
let www: Tree;

beforeAll(() => {
  if (isSkipped) return;
  bin = makeTree();
  www = makeTree(FILES);
  for (const tree of [bin, www]) chmodSync(tree.path, 0o755);
  buildBinary(bin.at("meerkat"));
  copyFileSync(process.execPath, bin.at("bun"));
});

afterAll(() => {
  if (isSkipped) return;
  bin[Symbol.dispose]();
  www[Symbol.dispose]();
});

/** Has a server do all that it does. */
async function expectService(port: number): Promise<void> {
  for (const [name, content] of Object.entries(FILES)) {
    const { status, body } = await request(port, "GET", `/${name}`);
    expect([name, status, body.equals(Buffer.from(content))]).toEqual([name, 200, true]);
  }
  const coded = () => request(port, "GET", "/text.js", { "Accept-Encoding": "gzip" });
  while (field(await coded(), "content-encoding") !== "gzip");
  for (const target of ["/", "/?format=json", "/?archive=tar.gz", "/test.html", "/rest"]) {
    expect((await request(port, "GET", target)).status).toBe(200);
  }
  using socket = await RawWebSocket.open(port);
  socket.send(OPCODE.text, "hello");
  expect((await socket.receive())?.payload.toString()).toBe("hello");
}

/** Has a server end, with 0 and nothing to complain of but its log. */
async function expectGoodEnd(program: Program): Promise<void> {
  program.signal("SIGTERM");
  const { exitCode, stdout, stderr } = await program.ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  for (const line of stdout.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("status");
}

/** Expects that a server with these more options starts, serves everything and ends. */
async function expectGoodRun(
  server: Program,
  port: number,
  more: readonly string[],
): Promise<void> {
  await untilAnswers(port, server.ended);
  // One that starts has no way to end well yet.
  if (more === TWO_WORKERS) await untilServing(port, 2);
  await expectService(port);
  await expectGoodEnd(server);
}

/** Returns a command line of the unit or the container with another port. */
const onPort = (args: readonly string[], port: number) =>
  args.map((argument, index) => (args[index - 1] === "--port" ? String(port) : argument));

describe.skipIf(isSkipped || SYSTEMD.isSkipped)(`the unit${reason || SYSTEMD.reason}`, () => {
  const [program = "", ...args] = (UNIT.get("ExecStart") ?? "").split(" ");

  /** What the sandbox does, or has no need to: the rest of the machine is not there for a service. */
  const KNOWN = new Set([
    ...[
      "Description",
      "Wants",
      "After",
      "Type",
      "ExecStart",
      "Restart",
      "RestartPreventExitStatus",
      "TimeoutStopSec",
      "WantedBy",
    ],
    ...[
      "DynamicUser",
      "ReadOnlyPaths",
      "ProtectSystem",
      "ProtectHome",
      "PrivateTmp",
      "PrivateDevices",
    ],
    ...["ProtectProc", "ProtectControlGroups", "ProtectKernelTunables", "NoNewPrivileges", "UMask"],
    ...["AmbientCapabilities", "CapabilityBoundingSet", "PrivateUsers", "RestrictAddressFamilies"],
    ...["RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "SystemCallFilter"],
    ...["SystemCallErrorNumber", "LimitNOFILE", "ProtectKernelLogs"],
    // Without capabilities and with that filter they are out of reach: see systemd.exec(5).
    ...["ProtectClock", "ProtectHostname", "ProtectKernelModules", "LockPersonality"],
    "SystemCallArchitectures",
  ]);

  const callsOf = (group: string): readonly string[] => {
    const { stdout } = Bun.spawnSync([SYSTEMD.path, "syscall-filter", "--no-pager", group]);
    const lines = stdout.toString().split("\n").slice(1);
    return lines.map((line) => line.trim()).filter((line) => /^[@\w]/.test(line));
  };

  function confined(unit: typeof UNIT, ...command: readonly string[]): readonly string[] {
    copyFileSync(join(import.meta.dir, "sandbox/confine.ts"), bin.at("confine.ts"));
    writeFileSync(bin.at("rules.json"), JSON.stringify(filtersOf(unit, callsOf)));
    const enter = join(import.meta.dir, "sandbox/enter.sh");
    const at = (name: string) => join("/usr/local/bin", name);
    const confine = [at("bun"), at("confine.ts"), at("rules.json")];
    return [...NEW_NAMESPACES, enter, bin.path, www.path, ...confine, ...command];
  }

  test("has no option that the sandbox does not know", () => {
    expect([...UNIT.keys()].filter((name) => !KNOWN.has(name))).toEqual([]);
    expect(UNIT.get("SystemCallErrorNumber")).toBe("EPERM");
  });

  test("is safe, by the measure of systemd", () => {
    // From 0 to 100; what listens on the network cannot be below 10.
    const command = [
      "security",
      "--offline=true",
      "--threshold=20",
      join(import.meta.dir, "meerkat.service"),
    ];
    const { exitCode, stdout, stderr } = Bun.spawnSync([SYSTEMD.path, ...command]);
    expect(exitCode, stdout.toString() + stderr.toString()).toBe(0);
  });

  /** What a command says in the sandbox, where each is refused what it would get outside. */
  const SAID = [
    ["id -u", "61184"],
    ["grep ^CapEff: /proc/self/status", "CapEff:\t0000000000000000"],
    ["grep ^CapBnd: /proc/self/status", "CapBnd:\t0000000000000000"],
    ["grep ^NoNewPrivs: /proc/self/status", "NoNewPrivs:\t1"],
    ["grep ^Seccomp: /proc/self/status", "Seccomp:\t2"],
    ["umask", "0077"],
    ["touch /tmp/x && echo made", "made"],
    ["touch /etc/x || touch /srv/www/x || touch /usr/local/bin/x || touch /dev/x || echo no", "no"],
    ["ls /root || echo no", "no"],
    ["(echo 1 > /proc/sys/kernel/domainname) || echo no", "no"],
    ["unshare --user true || echo no", "no"],
    ["mount -t tmpfs x /tmp || echo no", "no"],
    ["chmod u+s /tmp/x || echo no", "no"],
    ["echo /dev/*", "/dev/full /dev/null /dev/random /dev/tty /dev/urandom /dev/zero"],
  ] as const;

  test("leaves little of the machine", async () => {
    const script = SAID.map(([line]) => line).join("\n");
    const { stdout } = await runProgram([], { command: confined(UNIT, "/bin/sh", "-c", script) })
      .ended;
    const lines = stdout.trim().split("\n");
    expect(SAID.map(([line], index) => [line, lines[index]])).toEqual(SAID.map((row) => [...row]));
  });

  test.each([[[]], [TWO_WORKERS]])("leaves the binary what it needs, with %j", async (more) => {
    const port = await freePort();
    const command = confined(UNIT, program, ...onPort(args, port), ...more);
    await using server = runProgram([], { command });
    await expectGoodRun(server, port, more);
  });

  test.each([[[]], [["--workers", "2"]], [["--tls", "--no-http2"]]])(
    "may be stricter: with internet sockets alone, and %j, the binary starts and ends",
    async (more) => {
      const families = "AF_INET AF_INET6";
      const unit = new Map(UNIT).set("RestrictAddressFamilies", families);
      const command = confined(unit, program, "/srv/www", "--host=0.0.0.0", "--port=0", ...more);
      await using server = runProgram([], { command });
      await server.printed("REST");
      server.signal("SIGTERM");
      expect(await server.ended).toMatchObject({ exitCode: 0, stderr: "" });
    },
  );
});

describe.skipIf(isSkipped)(`the container file${reason}`, () => {
  const only = (pattern: RegExp) => pattern.exec(CONTAINERFILE)?.[1] ?? "";
  const command = JSON.parse(only(/^ENTRYPOINT (.*)$/m)) as string[];
  const args = JSON.parse(only(/^CMD (.*)$/m)) as string[];
  const [, from = ""] = /^FROM (\S+)$/m.exec(CONTAINERFILE) ?? [];

  /** The user of the images that are called nonroot. */
  const NONROOT = "65532:65532";

  /** The image: glibc, as the base image has it, and what is copied. Its root has nothing else. */
  function makeImage(): Tree {
    const image = makeTree({ "proc/": "", "dev/null": "" });
    chmodSync(image.path, 0o755);
    const linked = Bun.spawnSync(["ldd", bin.at("meerkat")]).stdout.toString();
    const copies = Array.from(
      linked.matchAll(/(\/\S+) \(0x/g),
      ([, path = ""]) => [path, path] as const,
    );
    copies.push([bin.at("meerkat"), only(/^COPY dist\/meerkat (.*)$/m)]);
    for (const [source, target] of copies) {
      mkdirSync(image.at(dirname(target)), { recursive: true });
      copyFileSync(source, image.at(target));
      chmodSync(image.at(target), 0o755);
    }
    mkdirSync(image.at(only(/^WORKDIR (.*)$/m)), { recursive: true });
    return image;
  }

  test("is of an image whose user is nobody", () => expect(from).toEndWith(":nonroot"));

  test.each([[[]], [TWO_WORKERS]])("has all that the binary needs, with %j", async (more) => {
    using image = makeImage();
    const root = image.path;
    const workdir = only(/^WORKDIR (.*)$/m);
    const port = await freePort();
    // Every runtime brings /proc and /dev (OCI runtime specification, config-linux.md), and the volume.
    const script = `mount --bind "$1" "$2${workdir}"
      mount --bind "$2" "$2" && mount -o remount,bind,ro "$2" && mount -t proc proc "$2/proc"
      mount --bind /dev/null "$2/dev/null"
      mount --bind "$1" "$2${workdir}" && shift 2 && exec "$@"`;
    const enter = ["chroot", `--userspec=${NONROOT}`, "--groups=", root];
    const whole = [
      ...NEW_NAMESPACES,
      "sh",
      "-ec",
      script,
      "sh",
      www.path,
      root,
      ...enter,
      ...command,
    ];
    await using server = runProgram([...onPort(args, port), ...more], { command: whole });
    await expectGoodRun(server, port, more);
  });
});
