import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { request } from "../helpers/raw-http.ts";
import { startTestServer, type TestServer } from "../helpers/test-server.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const BROWSER = { Accept: "text/html" };

const KIB = 1024;

/** The head of a table of many columns. */
const COLUMNS = `|${"a|".repeat(127)}\n|${"-|".repeat(127)}\n`;

/** READMEs that take seconds, by name. */
const SLOW_READMES: Readonly<Record<string, string>> = {
  autolinks: "_www.".repeat((64 * KIB) / 5),
  backticks: "\\``a".repeat((64 * KIB) / 4),
};

/** READMEs that take gigabytes, by name. */
const WIDE_READMES: Readonly<Record<string, string>> = {
  table: COLUMNS + "|\n".repeat(63 * KIB),
  quoted: COLUMNS.replace(/^/gm, "> ") + ">|\n".repeat(42 * KIB),
};

const ORDINARY = "# A title\n\nSome *words*, and a [link](a.txt).\n\n";

let tree: Tree;
let server: TestServer;

beforeAll(() => {
  const slow = Object.entries({ ...SLOW_READMES, ...WIDE_READMES }).map(([name, text]) => [
    `${name}/README.md`,
    text,
  ]);
  tree = makeTree({
    ...Object.fromEntries(slow),
    "medium/README.md": ORDINARY.repeat(1500),
  });
  server = startTestServer({ directory: tree.path });
});

afterAll(async () => {
  await server.stop();
  tree[Symbol.dispose]();
});

const list = (directory: string) => request(server.port, "GET", `/${directory}/`, BROWSER);

describe("D2 a README that takes long", () => {
  test.each(Object.keys(SLOW_READMES))("of %s holds nobody up", async (name) => {
    await using its = startTestServer({ directory: tree.path });
    let isListed = false;
    const listing = request(its.port, "GET", `/${name}/`, BROWSER).finally(() => (isListed = true));
    // If it were rendered in the main thread, the listing would be among the first answers.
    for (let asked = 0; asked < 20; asked++) await request(its.port, "GET", "/rest");
    expect(isListed).toBe(false);
    expect((await listing).status).toBe(200);
  });

  test.each(Object.keys(WIDE_READMES))("of a %s is shown as text", async (name) => {
    expect((await list(name)).body.toString()).toMatch(/<pre>(&gt; )?\|a\|/);
  });

  test("does not keep an ordinary one from being rendered later", async () => {
    let page: string;
    do page = (await list("medium")).body.toString();
    while (page.includes("<pre>"));
    expect(page).toContain("<em>words</em>");
  });

  test("is rendered once for all who wait for it", async () => {
    const pages = await Promise.all(Array.from({ length: 60 }, () => list("medium")));
    expect(new Set(pages.map(({ body }) => body.toString())).size).toBe(1);
  });
});
