import { expect, test } from "bun:test";
import { statSync, truncateSync } from "node:fs";
import { Sends } from "../../../src/files/content/sends.ts";
import { fingerprintOf, type Watched } from "../../../src/files/root/watched.ts";
import { makeTree } from "../../helpers/tree.ts";

const ADDRESS = { address: "192.0.2.1", port: 1234, family: "IPv4" } as const;

/** A server that knows the clients of these requests, as their answers are not over. */
function serverOf(...pending: readonly Request[]) {
  const unanswered = new Set(pending);
  const requestIP = (request: Request) => (unanswered.has(request) ? ADDRESS : null);
  return { requestIP, finish: (request: Request) => unanswered.delete(request) };
}

function look(lookupPath: string): Watched {
  return { lookupPath, fingerprint: fingerprintOf(statSync(lookupPath, { bigint: true })) };
}

const newRequest = () => new Request("http://localhost/");

test("Sends.watch() declines before begin(), and where there are no addresses", () => {
  using tree = makeTree({ file: "text" });
  const request = newRequest();
  const sends = new Sends();
  expect(sends.watch(request, look(tree.at("file")))).toBeFalse();
  sends.begin(serverOf());
  expect(sends.watch(request, look(tree.at("file")))).toBeFalse();
  expect(sends.size).toBe(0);
});

test("Sends.sweep() keeps what is under way, forgets what is over, and tells whose file has changed", () => {
  using tree = makeTree({ same: "text", shorter: "text", gone: "text" });
  const requests = [newRequest(), newRequest(), newRequest()] as const;
  const server = serverOf(...requests);
  const sends = new Sends();
  sends.begin(server);
  const names = ["same", "shorter", "gone"] as const;
  for (const [index, name] of names.entries()) {
    expect(sends.watch(requests[index] ?? newRequest(), look(tree.at(name)))).toBeTrue();
  }
  truncateSync(tree.at("shorter"), 1);
  expect(sends.sweep()).toEqual([]);
  expect(sends.size).toBe(3);
  server.finish(requests[0]);
  server.finish(requests[1]);
  expect(sends.sweep()).toMatchObject([{ address: ADDRESS.address, port: ADDRESS.port }]);
  expect(sends.size).toBe(1);
});
