import { expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { exchange, formatRequest, request } from "../helpers/raw-http.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

/** More small files than are read in one turn, and large ones, which come from disk. */
const CONTENTS = new Map(
  Array.from({ length: 160 }, (_, index) => [
    `${index}.bin`,
    Buffer.alloc(index % 4 === 0 ? 2_000_000 : 900_000, `${index},`),
  ]),
);

const { server } = useTestServer(Object.fromEntries(CONTENTS));

test("D7 HEADs that are sent ahead on one connection all get their answers, as lftp sends them", async () => {
  const names = Array.from(CONTENTS.keys());
  const heads = names.map((name) => formatRequest("HEAD", `/${name}`)).join("");
  const { responses } = await exchange(
    server.port,
    heads,
    names.map(() => "HEAD"),
  );
  expect(responses.map(({ status }) => status)).toEqual(names.map(() => 200));
});

test("D7 files that are asked for at once all come whole, from memory and from disk", async () => {
  const asked = Array.from(CONTENTS, async ([name, content]) => {
    const { status, body } = await request(server.port, "GET", `/${name}`);
    return status === 200 && digest(body) === digest(content) ? "whole" : `${name}: ${status}`;
  });
  expect(new Set(await Promise.all(asked))).toEqual(new Set(["whole"]));
  expect(server.errors).toEqual([]);
});

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
