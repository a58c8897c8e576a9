import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const PROJECT = resolve(import.meta.dir, "..");

/**
 * Which rooms each may import from, a file for that file alone. Arrows go down only; inside a room
 * everything may import everything, but never in a circle.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "server.ts": [
    "package.json",
    "src/cli/",
    "src/observe/log-sink.ts",
    "src/server/",
    "src/system/",
    "src/workers/",
  ],
  "src/workers/": ["src/cli/config.ts", "src/observe/", "src/server/", "src/system/"],
  "src/server/": [
    "package.json",
    "src/app.ts",
    "src/cli/config.ts",
    "src/echo/",
    "src/files/",
    "src/http/",
    "src/observe/",
    "src/routes/",
    "src/system/",
  ],
  "src/app.ts": [
    "src/echo/",
    "src/files/handler.ts",
    "src/http/",
    "src/observe/host-advice.ts",
    "src/observe/observation.ts",
    "src/routes/",
    "src/system/system-error.ts",
  ],
  "src/observe/": ["src/http/", "src/system/system-error.ts"],
  "src/echo/": ["src/http/", "src/system/"],
  "src/routes/": ["public/", "src/http/", "src/system/"],
  "src/files/handler.ts": ["src/files/", "src/http/", "src/system/"],
  "src/files/missing.ts": [
    "src/files/content/",
    "src/files/root/",
    "src/files/slices/",
    "src/http/",
  ],
  "src/files/listing/": [
    "src/files/content/",
    "src/files/root/",
    "src/files/slices/",
    "src/http/",
    "src/system/",
  ],
  "src/files/archive/": [
    "src/files/content/",
    "src/files/root/",
    "src/files/slices/",
    "src/http/",
    "src/system/",
  ],
  "src/files/thumbnails/": [
    "src/files/content/",
    "src/files/root/",
    "src/files/slices/",
    "src/http/",
    "src/system/",
  ],
  "src/files/content/": ["src/files/root/", "src/files/slices/", "src/http/", "src/system/"],
  "src/files/root/": ["src/files/slices/", "src/http/", "src/system/"],
  "src/files/slices/": [],
  "src/cli/": ["src/http/"],
  "src/system/": [],
  "src/http/": [],
};

/** Bun's and Node's own modules; nothing else comes from outside. */
const BUILT_IN = /^(node:|bun$|bun:)/;

const MAX_FUNCTION_LINES = 60;
const MAX_FILE_LINES = 300;

function sources(): string[] {
  return ["server.ts", ...filesLike("src/**/*.ts")];
}

/** The scripts that browsers run, which the server sends and never calls. */
function scripts(): string[] {
  return filesLike("public/**/*.js");
}

function filesLike(pattern: string): string[] {
  return Array.from(new Bun.Glob(pattern).scanSync(PROJECT)).sort();
}

const transpiler = new Bun.Transpiler({ loader: "ts" });

/** Every import of a module, the types included, which the transpiler leaves out. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(PROJECT, file), "utf8");
  const typeless = text.replace(/^import type /gm, "import ").replace(/([{,]\s*)type /g, "$1");
  const specifiers = Array.from(
    typeless.matchAll(/^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"/gm),
    ([, specifier = ""]) => specifier,
  );
  // What the transpiler finds besides: dynamic imports, require, imports for their effect.
  const scanned = transpiler.scanImports(text.replace(/^#!.*/, "")).map(({ path }) => path);
  return [...new Set([...specifiers, ...scanned])];
}

/** Imports as paths from the project; packages as they are. */
function localImportsOf(file: string): string[] {
  return importsOf(file)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => relative(PROJECT, resolve(PROJECT, dirname(file), specifier)));
}

/**
 * `src/server/` for `src/server/tls/pair.ts`, and `src/files/root/` for a file of that room; a file
 * above the rooms is a room of its own.
 */
function roomOf(file: string): string {
  return /^src\/(?:files\/[^/]+\/|(?!files\/)[^/]+\/)/.exec(file)?.[0] ?? file;
}

function allowedFor(file: string): readonly string[] {
  const room = roomOf(file);
  return [...(ARROWS[room] ?? []), room];
}

const matches = (rule: string, file: string) =>
  rule.endsWith("/") ? file.startsWith(rule) : file === rule;

test.each(sources())("%s imports only what its layer may", (file) => {
  const allowed = allowedFor(file);
  const strays = localImportsOf(file).filter(
    (path) => !allowed.some((rule) => matches(rule, path)),
  );
  expect(strays).toEqual([]);
});

test.each(sources())("%s imports no package but Bun's and Node's built-ins", (file) => {
  const packages = importsOf(file).filter((specifier) => !specifier.startsWith("."));
  expect(packages.filter((specifier) => !BUILT_IN.test(specifier))).toEqual([]);
});

test.each([
  ["the server", sources],
  ["the pages", scripts],
])("no module of %s imports itself by way of others", (_, files) => {
  const graph = new Map(files().map((file) => [file, localImportsOf(file)]));
  expect(findCycle(graph)).toBeUndefined();
});

test.each(scripts())("%s imports only scripts of public/", (file) => {
  const known = scripts();
  expect(importsOf(file).filter((specifier) => !specifier.startsWith("./"))).toEqual([]);
  expect(localImportsOf(file).filter((path) => !known.includes(path))).toEqual([]);
});

test("findCycle() sees a cycle", () => {
  const graph = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["b"]],
  ]);
  expect(findCycle(graph)).toEqual(["b", "c", "b"]);
});

/** The first way that leads from a module back to it. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle !== undefined) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

test("process.argv and process.env are read by server.ts alone", () => {
  const readers = sources().filter((file) =>
    /\bprocess\.(argv|env)\b|\bBun\.(argv|env)\b|\bimport\.meta\.env\b/.test(codeOf(file)),
  );
  expect(readers).toEqual(["server.ts"]);
});

test("Bun.file() is called by files/content/reply.ts, and for a look-up of types by http/media-type.ts", () => {
  const users = sources().filter((file) => /\bBun\.file\(/.test(codeOf(file)));
  expect(users).toEqual(["src/files/content/reply.ts", "src/http/media-type.ts"]);
});

test("only these import the file system", () => {
  const users = sources().filter((file) =>
    importsOf(file).some((specifier) => /^node:fs\b/.test(specifier)),
  );
  expect(users).toEqual([
    "server.ts",
    "src/files/archive/document-tree.ts",
    "src/files/content/sibling-check.ts",
    "src/files/root/descriptor-path.ts",
    "src/files/root/directory-reader.ts",
    "src/files/root/directory-scan.ts",
    "src/files/root/document-root.ts",
    "src/files/root/file-content.ts",
    "src/files/root/file-reader.ts",
    "src/files/root/lease.ts",
    "src/files/root/root-location.ts",
    "src/files/root/watched.ts",
    "src/files/thumbnails/read-picture.ts",
    "src/server/tls/credentials.ts",
    "src/system/descriptors.ts",
    "src/system/directory-obstacle.ts",
    "src/system/program-path.ts",
    "src/system/signal-ignored.ts",
    "src/system/unix-socket.ts",
  ]);
});

test.each([...sources(), ...filesLike("public/**/*")])(
  `%s has at most ${MAX_FILE_LINES} lines`,
  (file) => {
    const lines = readFileSync(join(PROJECT, file), "utf8").split("\n").length - 1;
    expect(lines).toBeLessThanOrEqual(MAX_FILE_LINES);
  },
);

test.each([...sources(), ...scripts()])(
  `%s has no function over ${MAX_FUNCTION_LINES} lines`,
  (file) => {
    const long = functionsOf(readFileSync(join(PROJECT, file), "utf8"));
    expect(long.filter(({ lines }) => lines > MAX_FUNCTION_LINES)).toEqual([]);
  },
);

test("functionsOf() measures functions, methods and arrows, and not classes", () => {
  const text =
    "class A {\n  b(): void {\n    c();\n  }\n}\nconst d = () => {\n};\nfunction e() {\n}\n";
  expect(functionsOf(text)).toEqual([
    { line: 2, lines: 3 },
    { line: 6, lines: 2 },
    { line: 8, lines: 2 },
  ]);
});

/**
 * Functions with a block for a body, found by the formatter's indentation: a line that opens a
 * block after a parameter list or an arrow, up to the line that closes it at the same depth.
 */
function functionsOf(text: string): { line: number; lines: number }[] {
  const lines = text.split("\n");
  const found: { line: number; lines: number }[] = [];
  lines.forEach((line, index) => {
    const opens = /(\)(: [^=]+)?|=>) \{$/.test(line);
    const isStatement = /^\s*(if|for|while|switch|\} else|catch|\} catch|do|with)\b/.test(line);
    if (!opens || isStatement) return;
    const indent = /^\s*/.exec(line)?.[0] ?? "";
    const length = lines.slice(index + 1).findIndex((other) => other.startsWith(`${indent}}`));
    found.push({ line: index + 1, lines: length + 2 });
  });
  return found;
}

/** The code of a file without its comments. */
function codeOf(file: string): string {
  return transpiler.transformSync(readFileSync(join(PROJECT, file), "utf8"));
}
