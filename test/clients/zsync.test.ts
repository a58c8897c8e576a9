import { expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";
import { requestsOf } from "./downloads.ts";

setDefaultTimeout(PATIENCE_MS);

const zsyncTest = testWith("zsync", "zsyncmake");

const CONTENT_BYTES = 4_000_000;

/** A file and an older version, which differ in a few bytes at as many places as are asked for. */
async function makeVersions(places: number): Promise<Tree> {
  const content = randomBytes(CONTENT_BYTES);
  const older = Buffer.from(content);
  const apart = Math.floor(CONTENT_BYTES / places);
  for (let place = 0; place < places; place++)
    older.fill("older", place * apart, place * apart + 5);
  const tree = makeTree({ "served/new.bin": content, "home/old.bin": older });
  await run("zsyncmake", ["-u", "new.bin", "new.bin"], { cwd: tree.at("served") });
  return tree;
}

// It asks for up to 20 ranges at once.
for (const places of [1, 3, 20, 200]) {
  zsyncTest(`B4 zsync brings a file that differs in ${places} places from a copy`, async () => {
    using tree = await makeVersions(places);
    await using server = startTestServer({ directory: tree.at("served"), log: "json" });
    const args = ["-q", "-i", "old.bin", `${server.origin}/new.bin.zsync`];
    await run("zsync", args, { cwd: tree.at("home") });
    const [made, wanted] = ["home/new.bin", "served/new.bin"].map((path) =>
      readFileSync(tree.at(path)),
    );
    expect(made?.equals(wanted ?? Buffer.alloc(0))).toBeTrue();
    const answers = requestsOf(server).filter(({ target }) => target === "/new.bin");
    expect(answers.filter(({ status }) => status !== 206)).toEqual([]);
    // It takes blocks of 2 KiB, one or two a place; the heads of the parts come on top.
    const bytes = answers.reduce((sum, answer) => sum + answer.bytes, 0);
    expect(bytes).toBeLessThan(places * 2 * (2048 + 200));
  });
}
