import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { etagOfMade } from "../../../src/files/content/representation.ts";
import { DocumentRoot, type FileEntry } from "../../../src/files/root/document-root.ts";
import { Thumbnails } from "../../../src/files/thumbnails/thumbnails.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";
import { makeJpeg } from "../../helpers/pictures.ts";
import { makeTree } from "../../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const JPEG = await makeJpeg({ width: 16, height: 16 });

/** Files count as settled: a file of a moment ago is not kept. */
const anHourLater = () => Date.now() + 3_600_000;

function open(files: Readonly<Record<string, Uint8Array>>, now = anHourLater) {
  const tree = makeTree(files);
  const root = DocumentRoot.open(tree.path, { hidden: false, now });
  const thumbnails = new Thumbnails({
    root,
    fields: {},
    answer: () => new Response("a thumbnail"),
  });
  const lookup = (name: string): FileEntry => {
    const entry = root.openEntry([name]);
    if (entry.kind !== "file") throw new Error(`${name} is ${entry.kind}`);
    return entry;
  };
  const ask = (name: string, file = lookup(name), again?: () => Response) => {
    const request = new Request(`http://localhost/${name}?thumbnail`);
    return thumbnails.answerFor({ request, name, file, again });
  };
  const answer = thumbnails.answerFor.bind(thumbnails);
  return { tree, lookup, ask, answer, [Symbol.dispose]: () => tree[Symbol.dispose]() };
}

const NAMES = Array.from({ length: 300 }, (_, index) => `${index}.jpg`);

test("Thumbnails refuses a thumbnail that would wait behind 256 others, and says when to come back", async () => {
  using its = open(Object.fromEntries(NAMES.map((name) => [name, JPEG])));
  const answers = NAMES.map((name) => its.ask(name));
  const refused = answers.filter((answer) => answer instanceof Response);
  expect(refused).toHaveLength(NAMES.length - 258);
  expect(refused.map(({ status }) => status)).toContain(503);
  expect(refused[0]?.headers.get("retry-after")).toBe("2");
  expect(await refused[0]?.text()).toContain("Many thumbnails are being made.");
  for (const answer of await Promise.all(answers.slice(0, 258))) expect(answer.status).toBe(200);
});

test("Thumbnails keeps a thumbnail, and also that there is none", async () => {
  using its = open({ "a.jpg": JPEG, "b.jpg": Buffer.from("no picture") });
  expect((await its.ask("a.jpg")).status).toBe(200);
  expect((await its.ask("b.jpg")).status).toBe(415);
  expect(its.ask("a.jpg")).toBeInstanceOf(Response);
  expect(its.ask("b.jpg")).toBeInstanceOf(Response);
});

test("Thumbnails keeps none of a file that was changed a moment ago", async () => {
  using its = open({ "a.jpg": JPEG }, Date.now);
  expect((await its.ask("a.jpg")).status).toBe(200);
  expect(its.ask("a.jpg")).toBeInstanceOf(Promise);
});

test("Thumbnails makes none for a client that has it already", () => {
  using its = open({ "a.jpg": JPEG });
  const file = its.lookup("a.jpg");
  const headers = { "If-None-Match": etagOfMade(file, "webp320") };
  const request = new Request("http://localhost/a.jpg?thumbnail", { headers });
  expect(its.answer({ request, name: "a.jpg", file, again: undefined })).toBeInstanceOf(Response);
});

test("Thumbnails looks a file up again that has changed since, and does not mix two files", async () => {
  using its = open({ "a.jpg": JPEG });
  const before = its.lookup("a.jpg");
  writeFileSync(its.tree.at("a.jpg"), await makeJpeg({ width: 32, height: 32 }));
  const answer = await its.ask("a.jpg", before, () => new Response("looked up again"));
  expect(await answer.text()).toBe("looked up again");
});

test("Thumbnails gives a file up that changes all the time", async () => {
  using its = open({ "a.jpg": JPEG });
  const before = its.lookup("a.jpg");
  writeFileSync(its.tree.at("a.jpg"), await makeJpeg({ width: 32, height: 32 }));
  const answer = await its.ask("a.jpg", before);
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("2");
  expect(await answer.text()).toContain("The picture is being changed.");
});

test("Thumbnails reads no file that is too large for one", async () => {
  using its = open({ "a.jpg": JPEG });
  expect(its.ask("a.jpg", { ...its.lookup("a.jpg"), bytes: 64 * 1024 * 1024 + 1 })).toBeInstanceOf(
    Response,
  );
});
