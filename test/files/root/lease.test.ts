import { expect, test } from "bun:test";
import { fstatSync, openSync, readFileSync } from "node:fs";
import { Lease } from "../../../src/files/root/lease.ts";
import { makeTree } from "../../helpers/tree.ts";

test("A2 Lease opens its file in its own turn, and throws in the next", async () => {
  using tree = makeTree({ "a.txt": "content" });
  const descriptor = openSync(tree.at("a.txt"), "r");
  const lease = new Lease(descriptor, tree.at("a.txt"), () => {});
  expect(readFileSync(lease.path, "utf8")).toBe("content");
  await new Promise((resolve) => setImmediate(resolve));
  expect(() => lease.path).toThrow("after its turn");
  expect(() => fstatSync(descriptor)).toThrow("EBADF");
});
