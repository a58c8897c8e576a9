import { describe, expect, test } from "bun:test";
import { SendingBudget } from "../../../src/files/content/sending-budget.ts";

const ADDRESS = { address: "192.0.2.1", port: 1234, family: "IPv4" } as const;

/** A server that knows the clients of the requests whose answers are not out yet. */
function makeServer({ pendingRequests = 1 } = {}) {
  const out = new Set<Request>();
  const requestIP = (request: Request) => (out.has(request) ? null : ADDRESS);
  return { requestIP, pendingRequests, finish: (request: Request) => out.add(request) };
}

const newRequest = () => new Request("http://localhost/");

describe("SendingBudget", () => {
  test("gives as many bytes as there are, and no more", () => {
    const budget = new SendingBudget(100);
    budget.begin(makeServer());
    expect([50, 50, 1].map((bytes) => budget.take(bytes, newRequest()))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("has the bytes of an answer back when it is out", () => {
    const budget = new SendingBudget(100);
    const server = makeServer();
    budget.begin(server);
    const [one, other] = [newRequest(), newRequest()];
    expect(budget.take(60, one)).toBe(true);
    expect(budget.take(40, other)).toBe(true);
    server.finish(one);
    expect(budget.take(61, newRequest())).toBe(false);
    expect(budget.take(60, newRequest())).toBe(true);
  });

  test("gives nothing before there is a server", () => {
    expect(new SendingBudget(100).take(1, newRequest())).toBe(false);
  });

  test.each([
    [1, 100, true],
    [2, 50, true],
    [2, 51, false],
    [101, 1, false],
  ])(
    "without addresses, and %i answers under way, gives %i of 100 bytes: %p",
    (pending, bytes, is) => {
      const budget = new SendingBudget(100);
      budget.begin({ requestIP: () => null, pendingRequests: pending });
      expect(budget.take(bytes, newRequest())).toBe(is);
    },
  );
});
