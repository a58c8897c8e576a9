/** What the page for operators says, done: each block is run as it is, with paths and ports of our own. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { chmodSync, copyFileSync, readFileSync, renameSync, statSync, truncateSync } from "node:fs";
import { blockWith, readDocument } from "../helpers/documents.ts";
import { isOpensslMissing, issue } from "../helpers/openssl.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { freePort, portOf, runProgram, untilAnswers } from "../helpers/program.ts";
import { request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { shakeHands } from "../helpers/tls-peer.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const PAGE = readDocument("test/deploy/README.md");

/** Runs a block of the page; resolves with what it prints, and throws unless it ends with 0. */
async function runBlock(block: string, cwd: string, env: Readonly<Record<string, string>> = {}) {
  await using program = runProgram([block], { command: ["bash", "-ec"], cwd, env });
  const { exitCode, stdout, stderr } = await program.ended;
  if (exitCode !== 0) throw new Error(`ended with ${exitCode}: ${stderr}${block}`);
  return stdout;
}

describe.skipIf(isOpensslMissing)("certificates", () => {
  test("a program fetches the certificate of this run, and trusts it", async () => {
    using tree = makeTree();
    await using server = runProgram(["--tls", "--port", "0"], { cwd: tree.path });
    const banner = await server.printed("SHA-256");
    const block = blockWith(PAGE, "sh", "s_client");
    const said = await runBlock(
      block.replaceAll("localhost:8000", `localhost:${portOf(banner)}`),
      tree.path,
    );
    expect(said).toContain(/SHA-256 +(\S+)/.exec(banner)?.[1] ?? "no fingerprint");
    expect(said).toEndWith('{"result":123}\n');
  });

  test("certbot's hook has the server show the renewed certificate", async () => {
    using tree = makeTree({
      "bin/systemctl": '#!/bin/sh\n[ "$*" = "reload meerkat" ] && kill -HUP "$SERVER"\n',
      "etc/": "",
      "live/": "",
    });
    chmodSync(tree.at("bin/systemctl"), 0o755);
    const args = ["--cert", tree.at("etc/server.crt"), "--key", tree.at("etc/server.key")];
    const first = issue(tree.at("live"), "first");
    copyFileSync(first.cert, tree.at("etc/server.crt"));
    copyFileSync(first.key, tree.at("etc/server.key"));
    await using server = runProgram([...args, "--port", "0"], { cwd: tree.path });
    const port = portOf(await server.printed("REST"));
    const renewed = issue(tree.at("live"), "renewed");
    renameSync(renewed.cert, tree.at("live/fullchain.pem"));
    renameSync(renewed.key, tree.at("live/privkey.pem"));
    const hook = blockWith(PAGE, "sh", "RENEWED_LINEAGE")
      .replaceAll("/etc/meerkat", tree.at("etc"))
      .replace("-g meerkat", `-g ${process.getgid?.()}`);
    await runBlock(hook, tree.path, {
      RENEWED_LINEAGE: tree.at("live"),
      SERVER: String(server.pid),
      PATH: `${tree.at("bin")}:${process.env["PATH"]}`,
    });
    await server.printed("The certificate was read again.");
    const { fingerprint256 } = new X509Certificate(readFileSync(tree.at("live/fullchain.pem")));
    while ((await shakeHands(port)).certificate.fingerprint256 !== fingerprint256);
    expect(statSync(tree.at("etc/server.key")).mode & 0o777).toBe(0o640);
  });
});

test("the served directory is swung to another release", async () => {
  using tree = makeTree({
    "srv/r1/a.txt": "1",
    "srv/r2/a.txt": "2",
    "srv/www": { link: "r1" },
  });
  await using server = startTestServer({ directory: tree.at("srv/www") });
  const answer = async () => (await request(server.port, "GET", "/a.txt")).body.toString();
  expect(await answer()).toBe("1");
  await runBlock(
    blockWith(PAGE, "sh", "/srv/next").replaceAll("/srv/", tree.at("srv/")),
    tree.path,
  );
  expect(await answer()).toBe("2");
});

test("a log that is appended to is copied and cut short", async () => {
  using tree = makeTree({ "www/a.txt": "a" });
  const port = await freePort();
  const log = tree.at("meerkat.log");
  const line = blockWith(PAGE, "sh", ">> /var/log/meerkat.log")
    .trim()
    .replace("meerkat /srv/www", `exec "$0" "$@" "${tree.at("www")}" --port ${port}`)
    .replace("/var/log/meerkat.log", log);
  const server = new URL("../../server.ts", import.meta.url).pathname;
  const command = ["sh", "-c", line, process.execPath, "run", server];
  await using program = runProgram([], { command, cwd: tree.path });
  await untilAnswers(port, program.ended);
  const untilLogged = async () => {
    while (statSync(log).size === 0) await request(port, "GET", "/a.txt");
  };
  await untilLogged();
  copyFileSync(log, `${log}.1`);
  truncateSync(log);
  await untilLogged();
  for (const file of [log, `${log}.1`]) expect(readFileSync(file, "utf8")).toStartWith('{"time":');
});

const FOREVER = ["--linger", "1000", "--drain", "1000"] as const;

describe.skipIf(process.platform !== "linux")("signals and exit codes", () => {
  const ONE: readonly string[] = [];
  const TWO: readonly string[] = ["--workers", "2"];
  test.each([
    [ONE, ["SIGTERM"], 0],
    [ONE, ["SIGINT"], 0],
    [[...ONE, ...FOREVER], ["SIGTERM", "SIGINT"], 130],
    [[...ONE, ...FOREVER], ["SIGTERM", "SIGTERM"], 143],
    [[...ONE, ...FOREVER], ["SIGTERM", "SIGHUP", "SIGUSR2", "SIGINT"], 130],
    [ONE, ["SIGUSR2", "SIGTERM"], 0],
    [ONE, ["SIGHUP"], 129],
    [ONE, ["SIGKILL"], 137],
    [TWO, ["SIGTERM"], 0],
    [TWO, ["SIGINT"], 0],
    [[...TWO, ...FOREVER], ["SIGTERM", "SIGINT"], 130],
    [[...TWO, ...FOREVER], ["SIGTERM", "SIGHUP", "SIGTERM"], 143],
    [TWO, ["SIGHUP"], 129],
    [TWO, ["SIGKILL"], 137],
  ] as const)("%j, %j: ends with %i", async (args, signals, exitCode) => {
    using tree = makeTree();
    await using program = runProgram([...args, "--port", "0"], { cwd: tree.path });
    const port = portOf(await program.printed("REST"));
    for (const [index, signal] of signals.entries()) {
      process.kill(program.pid, signal);
      const hasBegun = signal === "SIGTERM" && index < signals.length - 1;
      while (hasBegun && (await request(port, "GET", "/.meerkat/health")).status !== 503);
      if (signal === "SIGUSR2" && index === 0) await program.complained("SIGUSR2");
    }
    // The workers hold its standard output, so they have ended as well.
    expect((await program.ended).exitCode).toBe(exitCode);
  });
});
