import { expect } from "bun:test";
import { once } from "node:events";
import { truncateSync } from "node:fs";
import type { SecureVersion } from "node:tls";
import { makeOwnCertificate } from "../../src/server/tls/own-certificate.ts";
import { formatRequest } from "../helpers/raw-http.ts";
import { shakeHands } from "../helpers/tls-peer.ts";
import { connectSecurely } from "../helpers/transport.ts";
import { makeTree } from "../helpers/tree.ts";
import { BARE } from "./bare-server.ts";
import { probe } from "./probe.ts";

const fetch = () => new Response("content");
const makePair = () => makeOwnCertificate({ hosts: [], nowMs: Date.now() });

probe("tls-versions", async () => {
  await using server = Bun.serve({ ...BARE, tls: makePair(), fetch });
  const speaks = (version: SecureVersion) =>
    shakeHands(server.port ?? 0, { minVersion: version, maxVersion: version }).then(
      ({ protocol }) => protocol,
      () => "refused",
    );
  expect(await speaks("TLSv1.1")).toBe("refused");
  expect(await speaks("TLSv1.2")).toBe("TLSv1.2");
  expect(await speaks("TLSv1.3")).toBe("TLSv1.3");
});

probe("reload-keeps-certificate", async () => {
  await using server = Bun.serve({ ...BARE, tls: makePair(), fetch });
  const { pem } = await shakeHands(server.port ?? 0);
  server.reload({ ...BARE, tls: makePair(), fetch });
  expect((await shakeHands(server.port ?? 0)).pem).toBe(pem);
});

/**
 * Lengths from what the kernel takes for a client that reads nothing to more than that, in steps of less
 * than what Bun reads of a file at a time.
 */
const LENGTHS = Array.from({ length: 40 }, (_, index) => (1 + index / 8) * 1024 * 1024);

probe("rest-unseen", async () => {
  using tree = makeTree({ "large.bin": "" });
  truncateSync(tree.at("large.bin"), 16 * 1024 * 1024);
  const lengthOf = ({ url }: Request) => Number(new URL(url).pathname.slice(1));
  await using server = Bun.serve({
    ...BARE,
    tls: makePair(),
    fetch: (asked) => new Response(Bun.file(tree.at("large.bin")).slice(0, lengthOf(asked))),
  });
  const sockets = await Promise.all(
    LENGTHS.map(async (length) => {
      const socket = connectSecurely(server.port ?? 0);
      await once(socket, "secureConnect");
      socket.pause();
      socket.write(formatRequest("GET", `/${length}`));
      return socket;
    }),
  );
  await untilStill(() => server.pendingRequests);
  server.closeIdleConnections();
  const received = sockets.map(async (socket) => {
    let bytes = 0;
    socket.on("data", (data) => (bytes += data.length));
    socket.resume();
    await once(socket, "close");
    return bytes;
  });
  void server.stop(); // so that those that are answered whole are closed, too
  const lengths = await Promise.all(received);
  // The head makes an answer longer than its content.
  expect(lengths.some((bytes, index) => bytes < (LENGTHS[index] ?? 0))).toBe(true);
});

/** Resolves when a number has been the same for some exchanges of the event loop. */
async function untilStill(read: () => number): Promise<void> {
  for (let last = Number.NaN, still = 0; still < 20;) {
    await Bun.sleep(5);
    still = read() === last ? still + 1 : 0;
    last = read();
  }
}
