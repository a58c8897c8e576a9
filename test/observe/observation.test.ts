import { describe, expect, test } from "bun:test";
import { Observer, parseForwardedFor, type Observation } from "../../src/observe/observation.ts";

test.each([
  [null, undefined],
  ["", undefined],
  [",", undefined],
  ["unknown", undefined],
  ["192.0.2.256", undefined],
  ["192.0.2.7, ", undefined],
  ["192.0.2.7\n198.51.100.1", undefined],
  ["[192.0.2.7", undefined],
  ["192.0.2.7", "192.0.2.7"],
  ["10.0.0.1, 192.0.2.7", "192.0.2.7"],
  ["10.0.0.1,192.0.2.7 ", "192.0.2.7"],
  ["<script>, 192.0.2.7", "192.0.2.7"],
  ["192.0.2.7:5060", "192.0.2.7"],
  ["2001:db8::7", "2001:db8::7"],
  ["[2001:db8::7]", "2001:db8::7"],
  ["[2001:db8::7]:443", "2001:db8::7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
] as const)("parseForwardedFor(%j) is %j", (field, address) => {
  expect(parseForwardedFor(field)).toBe(address);
});

/** An observer of which every turn is kept, and a server that knows its client's address. */
function setUp({ trustsProxy = false, address = "127.0.0.1" as string | null } = {}) {
  const turns: (readonly Observation[])[] = [];
  const watch = (observations: readonly Observation[]) => void turns.push(observations);
  const observer = new Observer({ watchers: [watch], trustsProxy });
  const requestIP = () =>
    address === null ? null : ({ address, family: "IPv4", port: 1 } as const);
  const ask = (fields: Record<string, string> = {}, method = "GET") =>
    observer.begin(new Request("http://localhost/a?b#c", { method, headers: fields }), {
      requestIP,
    });
  return { observer, turns, ask };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe("Observer", () => {
  test("sees what was asked and answered", async () => {
    const { observer, turns, ask } = setUp();
    const asked = ask({ Referer: "r", "User-Agent": "u" });
    observer.end(asked, new Response("four", { status: 418, headers: { "Content-Length": "4" } }));
    await nextTurn();
    expect(turns[0]?.[0]).toMatchObject({
      address: "127.0.0.1",
      method: "GET",
      target: "/a?b#c",
      referrer: "r",
      agent: "u",
      status: 418,
      bytes: 4,
    });
    expect(turns[0]?.[0]?.seconds).toBeGreaterThanOrEqual(0);
  });

  test("tells once in a turn, in order", async () => {
    const { observer, turns, ask } = setUp();
    for (const status of [200, 404, 304]) observer.end(ask(), new Response(null, { status }));
    expect(turns).toEqual([]);
    await nextTurn();
    observer.end(ask(), undefined);
    observer.flush();
    await nextTurn();
    expect(turns.map((turn) => turn.map(({ status }) => status))).toEqual([[200, 404, 304], [101]]);
  });

  test("counts no body for HEAD, which has the length of GET's", () => {
    const { observer, turns, ask } = setUp();
    observer.end(ask({}, "HEAD"), new Response(null, { headers: { "Content-Length": "4" } }));
    observer.flush();
    expect(turns[0]?.[0]?.bytes).toBe(0);
  });

  test("corrects the last answer, and it alone", () => {
    const { observer, turns, ask } = setUp();
    observer.end(ask(), new Response(null));
    observer.end(ask(), new Response(null));
    observer.correctLast(new Response("!", { status: 503, headers: { "Content-Length": "1" } }));
    observer.flush();
    expect(turns[0]?.map(({ status, bytes }) => [status, bytes])).toEqual([
      [200, 0],
      [503, 1],
    ]);
  });

  test.each([
    [{ trustsProxy: false }, "127.0.0.1"],
    [{ trustsProxy: true }, "192.0.2.7"],
    [{ trustsProxy: false, address: null }, "unix"],
    [{ trustsProxy: false, address: "::ffff:192.0.2.1" }, "192.0.2.1"],
    [{ trustsProxy: false, address: "2001:db8::1" }, "2001:db8::1"],
  ])("with %j takes %s for the client", (options, address) => {
    const { ask } = setUp(options);
    expect(ask({ "X-Forwarded-For": "10.0.0.1, 192.0.2.7" }).address).toBe(address);
  });

  test("takes the connection's address where the proxy says none", () => {
    expect(setUp({ trustsProxy: true }).ask().address).toBe("127.0.0.1");
  });
});
