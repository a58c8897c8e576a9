import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Server } from "bun";
import { PATIENCE_MS } from "../helpers/patience.ts";
import type { Case } from "./cases.ts";
import { BROWSER } from "./fields.ts";
import { complaintAbout, conditionOf, rehearse } from "./rehearsal.ts";

setDefaultTimeout(PATIENCE_MS);

const CASE: Case = { key: "a", title: "a", path: "/a", status: 200, bodyBytes: 3, connections: 2 };

describe("rehearse()", () => {
  let server: Server<undefined>;
  const seen: Record<string, string>[] = [];

  beforeAll(() => {
    server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        const fields = request.headers.toJSON();
        seen.push(fields);
        const headers = { ETag: '"e"' };
        if (fields["if-none-match"] === '"e"') return new Response(null, { status: 304, headers });
        return new Response("abc", { headers });
      },
    });
  });
  afterAll(() => server.stop(true));

  const port = () => server.port ?? 0;

  test("sends the fields and no others, and tells the length of the answer", async () => {
    const { fields, answerBytes } = await rehearse(port(), CASE, { Accept: "text/css" });
    expect(fields).toEqual({ Accept: "text/css" });
    expect(seen.at(-1)).toEqual({ host: `127.0.0.1:${port()}`, accept: "text/css" });
    expect(answerBytes).toBeGreaterThan(3 + "HTTP/1.1 200 OK\r\n".length);
  });

  test("adds the server's own ETag to the fields of a conditional request", async () => {
    const subject = { ...CASE, status: 304, bodyBytes: 0, isConditional: true };
    const { fields } = await rehearse(port(), subject, BROWSER);
    expect(fields).toEqual({ ...BROWSER, "If-None-Match": '"e"' });
  });

  test.each([
    ["another status", { status: 404 }],
    ["another length", { bodyBytes: 4 }],
  ])("refuses %s", async (_, difference) => {
    await expect(rehearse(port(), { ...CASE, ...difference }, {})).rejects.toThrow(
      "200 and 3 bytes",
    );
  });
});

describe("conditionOf()", () => {
  test("prefers the ETag to the date", () => {
    const head = 'HTTP/1.1 200 OK\r\nLast-Modified: then\r\nETag: W/"1"\r\n\r\n';
    expect(conditionOf({ head })).toEqual({ "If-None-Match": 'W/"1"' });
  });
  test("takes the date of a server without ETags", () => {
    const head = "HTTP/1.0 200 OK\r\nLast-Modified: then\r\n\r\n";
    expect(conditionOf({ head })).toEqual({ "If-Modified-Since": "then" });
  });
  test("throws without either", () => {
    expect(() => conditionOf({ head: "HTTP/1.0 200 OK\r\n\r\n" })).toThrow("no validator");
  });
});

describe("complaintAbout()", () => {
  const good = { answers: 100, bytes: 100_000, refusals: 0, failures: 0, seconds: 1 };
  test.each([
    ["no answer", { answers: 0, bytes: 0 }],
    ["1 connections failed", { failures: 1 }],
    ["3 of 100 answers have a status of 400 or more", { refusals: 3 }],
    ["100 answers of 1000 bytes have 90000 bytes", { bytes: 90_000 }],
    ["100 answers of 1000 bytes have 110000 bytes", { bytes: 110_000 }],
  ])("%s", (complaint, difference) => {
    expect(complaintAbout({ ...good, ...difference }, CASE, 1000)).toBe(complaint);
  });
  test("wants every answer of a 404 to be refused", () => {
    const missing = { ...CASE, status: 404 };
    expect(complaintAbout(good, missing, 1000)).toBe(
      "0 of 100 answers have a status of 400 or more",
    );
    expect(complaintAbout({ ...good, refusals: 100 }, missing, 1000)).toBeUndefined();
  });
  test("allows an incomplete answer for each connection", () => {
    expect(complaintAbout({ ...good, bytes: 102_000 }, CASE, 1000)).toBeUndefined();
  });
});
