import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { engines } from "../../package.json";
import { explain } from "./probe.ts";
import { parseTable, PROJECT, readTable } from "./table.ts";

const ROWS = readTable();

const read = (path: string) => readFileSync(join(PROJECT, path), "utf8");

/** The files that match a pattern, as paths from the project. */
const list = (pattern: string) => Array.from(new Bun.Glob(pattern).scanSync(PROJECT)).sort();

/** The rows that a file of probes has one for. */
const probesIn = (path: string) =>
  Array.from(read(path).matchAll(/^probe\(\s*"([^"]+)"/gm), ([, name = ""]) => name);

/** How comments refer to rows: `(Bun: name)`, or `(Bun: name, other)` for several. */
const REFERENCE = /\(Bun: ([a-z\d-]+(?:, [a-z\d-]+)*)\)/g;

/** The rows that a text refers to; a comment may break the line in between. */
function referencesIn(text: string): string[] {
  const joined = text.replace(/\n\s*(?:\*|\/\/) /g, " ");
  return Array.from(joined.matchAll(REFERENCE), ([, names = ""]) => names.split(", ")).flat();
}

describe("the table in src/README.md", () => {
  test("has rows, each with a name of its own", () => {
    const names = ROWS.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(names).toEqual([...new Set(names)]);
    expect(names.filter((name) => !/^[a-z\d]+(-[a-z\d]+)*$/.test(name))).toEqual([]);
  });

  test("names files that exist", () => {
    const named = ROWS.flatMap(({ files, probe }) => [...files, probe]);
    expect(named.filter((file) => !existsSync(join(PROJECT, file)))).toEqual([]);
    expect(ROWS.filter(({ files }) => files.length === 0)).toEqual([]);
  });

  test("has a probe for each row, where the row says, and a row for each probe", () => {
    const probes = list("test/bun/*.test.ts").flatMap((path) =>
      probesIn(path).map((name) => `${name} in ${basename(path)}`),
    );
    const rows = ROWS.map(({ name, probe }) => `${name} in ${basename(probe)}`);
    expect(probes.sort()).toEqual(rows.sort());
  });

  test("says in which Bun each row was seen, and it is the one that is required", () => {
    expect(ROWS.filter(({ version }) => version !== engines.bun)).toEqual([]);
  });
});

describe("comments in src/ and server.ts", () => {
  const referring = ["server.ts", ...list("src/**/*.ts")]
    .map((file) => ({ file, names: new Set(referencesIn(read(file))) }))
    .filter(({ names }) => names.size > 0);

  test("refer to rows that name their file", () => {
    const strays = referring.flatMap(({ file, names }) =>
      [...names]
        .filter((name) => !ROWS.find((row) => row.name === name)?.files.includes(file))
        .map((name) => `${file}: ${name}`),
    );
    expect(strays).toEqual([]);
  });

  test("refer to every row that names their file, if they refer to any", () => {
    const missing = referring.flatMap(({ file, names }) =>
      ROWS.filter((row) => row.files.includes(file) && !names.has(row.name)).map(
        ({ name }) => `${file}: ${name}`,
      ),
    );
    expect(missing).toEqual([]);
  });
});

test("referencesIn() reads one name, several, and those that a comment breaks", () => {
  const text = `
    // So it is (Bun: a-b).
    /**
     * So it is here (Bun: c,
     * d-1).
     */
    const e = "(Bun 1.4.5)";
  `;
  expect(referencesIn(text)).toEqual(["a-b", "c", "d-1"]);
});

const TABLE = `
| \`before\` | is no row | 1.0.0 | \`a.ts\` | [p](../test/bun/p.test.ts) |

## What Bun decides for us

### Worked around

| Row  | Bun …           | Version | Our code | Probe |
| ---- | --------------- | ------- | -------- | ----- |
| \`a-b\` | does \`this\` or that | 1.4.5 | \`x/a.ts\`, \`../b.ts\` | [p](../test/bun/p.test.ts) |

### Relied on

| \`c\` | does it | 1.4.5 | \`a.ts\` | [q](../test/bun/q.test.ts) |

## Behind it

| \`d\` | is no row | 1.0.0 | \`a.ts\` | [p](../test/bun/p.test.ts) |
`;

test("parseTable() reads the rows of its section, with paths from the project", () => {
  const row = {
    name: "a-b",
    kind: "worked-around",
    behaviour: "does `this` or that",
    version: "1.4.5",
    files: ["src/x/a.ts", "b.ts"],
    probe: "test/bun/p.test.ts",
  } as const;
  const rows = parseTable(TABLE);
  expect(rows[0]).toEqual(row);
  expect(rows.map(({ name, kind }) => [name, kind])).toEqual([
    ["a-b", "worked-around"],
    ["c", "relied-on"],
  ]);
});

test.each([
  ["a column less", TABLE.replace(" | 1.4.5", "")],
  ["no heading that says its kind", TABLE.replace("### Worked around", "### Other")],
])("parseTable() refuses a row with %s", (_what, markdown) => {
  expect(() => parseTable(markdown)).toThrow("no row of the table");
});

test("explain() names the workaround that may go, or the code that has lost its ground", () => {
  const [worked, relied] = parseTable(TABLE);
  const found = new Error("Expected: 1");
  const { version } = Bun;
  expect(worked && explain(worked, found)).toBe(
    `Bun ${version} no longer does this: "Bun does \`this\` or that". So remove the workaround in src/x/a.ts and b.ts (row a-b).\nExpected: 1`,
  );
  expect(relied && explain(relied, found)).toBe(
    `Bun ${version} no longer does this: "Bun does it". So src/a.ts may be wrong now, as it relies on that (row c).\nExpected: 1`,
  );
});
