/**
 * The smoke test of a compiled binary: started from an empty directory, it serves its pages, the
 * index and `/rest`, echoes, ends with 0, and does TLS with a certificate of its own.
 *
 *   bun run test/smoke.ts dist/meerkat
 */
import { strict as assert } from "node:assert";
import { resolve } from "node:path";
import { portOf, runProgram } from "./helpers/program.ts";
import { request } from "./helpers/raw-http.ts";
import { OPCODE, RawWebSocket } from "./helpers/raw-websocket.ts";
import { shakeHands } from "./helpers/tls-peer.ts";
import { makeTree } from "./helpers/tree.ts";

const [binary] = process.argv.slice(2);
assert(binary !== undefined, "name the binary");

using tree = makeTree({ "empty/": "" });
const command = [resolve(binary)];
await using program = runProgram(["--port", "0"], { cwd: tree.at("empty"), command });
const port = portOf(await program.printed("REST"));

const pages = ["/", "/test.html", "/.meerkat/index.css", "/.meerkat/index.js", "/favicon.svg"];
for (const target of [...pages, "/.meerkat/test.css", "/.meerkat/test.js"]) {
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

program.signal("SIGTERM");
assert.equal((await program.ended).exitCode, 0);

{
  await using secure = runProgram(["--tls", "--port", "0"], { cwd: tree.at("empty"), command });
  const { pem, certificate } = await shakeHands(portOf(await secure.printed("REST")));
  assert((await secure.printed("SHA-256")).includes(certificate.fingerprint256));
  const url = `https://localhost:${portOf(await secure.printed("REST"))}/rest`;
  assert.equal(await (await fetch(url, { tls: { ca: pem } })).text(), '{"result":123}\n');
}
console.log(`${binary}: pages, /rest, echo, TLS and exit are right`);
