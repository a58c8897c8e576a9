import { expect } from "bun:test";
import type { SecureVersion } from "node:tls";
import { makeOwnCertificate } from "../../src/server/tls/own-certificate.ts";
import { shakeHands } from "../helpers/tls-peer.ts";
import { BARE } from "./bare-server.ts";
import { probe } from "./probe.ts";

const fetch = () => new Response("content");
const makePair = () => makeOwnCertificate({ hosts: [], now: Date.now() });

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
