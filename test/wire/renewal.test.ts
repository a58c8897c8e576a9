import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { connect, type ClientHttp2Session } from "node:http2";
import { makeOwnCertificate, type OwnCertificate } from "../../src/server/tls/own-certificate.ts";
import { isOpensslMissing, issue } from "../helpers/openssl.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram, type Program } from "../helpers/program.ts";
import { formatRequest, parseResponses } from "../helpers/raw-http.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { shakeHands } from "../helpers/tls-peer.ts";
import { ANY_CERTIFICATE, connectSecurely } from "../helpers/transport.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const LARGE_BYTES = 64 * 1024 * 1024;

const makePair = () => makeOwnCertificate({ hosts: [], nowMs: Date.now() });

function writePair(tree: Tree, { cert, key }: OwnCertificate): void {
  writeFileSync(tree.at("server.crt"), cert);
  writeFileSync(tree.at("server.key"), key);
}

/** A server with a certificate from files, and whatever else a client asks for. */
function startWithFiles(): { tree: Tree; first: OwnCertificate; program: Program } {
  const tree = makeTree({ "small.txt": "small", "large.bin": Buffer.alloc(LARGE_BYTES, "large") });
  const first = makePair();
  writePair(tree, first);
  const args = ["--cert", "server.crt", "--key", "server.key", "--port", "0"];
  return { tree, first, program: runProgram([...args, "--host", "127.0.0.1"], { cwd: tree.path }) };
}

/** Resolves when every new connection is shown the certificate: for a while those before answer too. */
async function shown(port: number, { cert }: OwnCertificate): Promise<void> {
  for (let inARow = 0; inARow < 50;) {
    const isNew = await shakeHands(port).then(
      ({ pem }) => pem === cert,
      () => false, // in the moment in which the one before stops listening
    );
    inARow = isNew ? inARow + 1 : 0;
  }
}

/** A download that has begun, and goes on when it is told to. */
async function startDownload(session: ClientHttp2Session) {
  const stream = session.request({ ":path": "/large.bin" });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const first = await new Promise<Buffer>((begin) =>
    stream.once("data", (chunk: Buffer) => {
      stream.pause();
      begin(chunk);
    }),
  );
  let received = first.length;
  stream.on("error", reject);
  stream.on("end", () => resolve(received));
  return {
    finish: () => {
      stream.on("data", (chunk: Buffer) => (received += chunk.length));
      stream.resume();
      return promise;
    },
  };
}

test("SIGHUP shows new clients the new certificate, and cuts off nobody", async () => {
  const { tree, program } = startWithFiles();
  using _ = tree;
  await using server = program;
  const port = portOf(await server.printed("REST"));
  using socket = await RawWebSocket.open(port, "/websocket", connectSecurely(port));
  const session = connect(`https://127.0.0.1:${port}`, ANY_CERTIFICATE);
  const download = await startDownload(session);
  for (let round = 0; round < 3; round++) {
    const next = makePair();
    writePair(tree, next);
    server.signal("SIGHUP");
    await shown(port, next);
    socket.send(OPCODE.text, `echo ${round}`);
    expect((await socket.receive())?.payload.toString()).toBe(`echo ${round}`);
  }
  expect(await download.finish()).toBe(LARGE_BYTES);
  session.destroy();
  server.signal("SIGINT");
  // A connection to a server that was replaced long ago gets the Close as well.
  const frame = await socket.receive();
  expect([frame?.opcode, frame?.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 1001]);
  expect(await server.ended).toMatchObject({ exitCode: 0, stderr: "" });
});

test("requests over connections that are kept alive do not fail meanwhile", async () => {
  const { tree, program } = startWithFiles();
  using _ = tree;
  await using server = program;
  const port = portOf(await server.printed("REST"));
  const next = makePair();
  let isShown = false;
  const beginnings = Array.from({ length: 8 }, () => Promise.withResolvers<void>());
  const clients = beginnings.map(async ({ resolve }) => {
    let closings = 0;
    while (!isShown) closings += await askUntilClose(port, () => isShown, resolve);
    return closings;
  });
  // Later clients reach only the new server.
  await Promise.all(beginnings.map(({ promise }) => promise));
  writePair(tree, next);
  server.signal("SIGHUP");
  await shown(port, next).finally(() => (isShown = true));
  // Each of them was told to go, and none of them was cut off before.
  for (const closings of await Promise.all(clients)) expect(closings).toBeGreaterThan(0);
});

/** Asks over one connection until an answer is the last; resolves with 1 then, with 0 if told to stop. */
function askUntilClose(port: number, isOver: () => boolean, onAnswer: () => void): Promise<number> {
  const socket = connectSecurely(port);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let received = Buffer.alloc(0);
  let answers = 0;
  const settle = (closings: number) => {
    resolve(closings);
    socket.destroy();
  };
  socket.on("data", (data) => {
    received = Buffer.concat([received, data as Buffer]); // bytes, as no encoding is set
    const { responses, rest } = parseResponses(received, ["GET"]);
    const [response] = responses;
    if (response === undefined) return;
    received = Buffer.from(rest);
    answers++;
    onAnswer();
    if (response.status !== 200) reject(new Error(`status ${response.status}`));
    const isLast = response.fields.some(([name]) => name.toLowerCase() === "connection");
    if (isLast || isOver()) settle(isLast ? 1 : 0);
    else socket.write(formatRequest("GET", "/small.txt"));
  });
  // A connection that was being opened during the change may be reset; one with an answer may not.
  const end = () => (answers === 0 ? settle(0) : reject(new Error("cut off between requests")));
  socket.on("error", end);
  socket.on("close", end);
  socket.write(formatRequest("GET", "/small.txt"));
  return promise;
}

test("SIGHUP with a pair that cannot serve changes nothing and says why", async () => {
  const { tree, first, program } = startWithFiles();
  using _ = tree;
  await using server = program;
  const port = portOf(await server.printed("REST"));
  writeFileSync(tree.at("server.key"), makePair().key);
  server.signal("SIGHUP");
  expect(await server.complained("\n")).toBe(
    "meerkat: --key server.key: it is not the key of this certificate; name the right one (nothing was changed)\n",
  );
  expect((await shakeHands(port)).pem).toBe(first.cert);
  // And it is no obstacle to the next one.
  const next = makePair();
  writePair(tree, next);
  server.signal("SIGHUP");
  await shown(port, next);
});

test("a port that is taken is busy, also where the server may be replaced", async () => {
  const { tree, program } = startWithFiles();
  using _ = tree;
  await using server = program;
  const port = String(portOf(await server.printed("REST")));
  const pair = ["--cert", "server.crt", "--key", "server.key"];
  const args = [...pair, "--host", "127.0.0.1", "--port", port];
  const { exitCode, stderr } = await runProgram(args, { cwd: tree.path }).ended;
  expect(stderr).toBe(
    `meerkat: --port ${port}: it is in use; choose another, or 0 for any free one\n`,
  );
  expect(exitCode).toBe(1);
});

test("without files SIGHUP ends the server, as it ends other programs", async () => {
  await using program = runProgram(["--tls", "--port", "0"]);
  await program.printed("REST");
  program.signal("SIGHUP");
  expect((await program.ended).exitCode).toBe(129);
});

test.skipIf(isOpensslMissing)(
  "SIGHUP reads --ca again, and keeps a certificate made for the run",
  async () => {
    using keys = makeTree();
    const before = issue(keys.path, "before", { extensions: [] });
    const after = issue(keys.path, "after", { extensions: [] });
    const client = issue(keys.path, "client", {
      issuer: after,
      extensions: ["basicConstraints=CA:FALSE"],
    });
    writeFileSync(keys.at("ca.crt"), await Bun.file(before.cert).text());
    await using program = runProgram(["--tls", "--ca", "ca.crt", "--port", "0"], {
      cwd: keys.path,
    });
    const port = portOf(await program.printed("SHA-256"));
    const { pem } = await shakeHands(port);
    const shownPair = {
      cert: await Bun.file(client.cert).text(),
      key: await Bun.file(client.key).text(),
    };
    const isAdmitted = () =>
      fetch(`https://127.0.0.1:${port}/`, {
        tls: { ca: pem, ...shownPair },
        keepalive: false,
      }).then(
        ({ status }) => status === 200,
        () => false,
      );
    expect(await isAdmitted()).toBe(false);
    writeFileSync(keys.at("ca.crt"), await Bun.file(after.cert).text());
    program.signal("SIGHUP");
    while (!(await isAdmitted())) await Bun.sleep(0);
    expect((await shakeHands(port)).pem).toBe(pem);
  },
);
