import { afterAll, beforeAll } from "bun:test";
import type { Config } from "../../src/cli/config.ts";
import { PATIENCE_MS } from "./patience.ts";
import { startTestServer, type TestClocks, type TestServer } from "./test-server.ts";
import { makeTree, type Content, type Tree } from "./tree.ts";

/** The entries of a tree as for `makeTree()`, or a function that makes the tree. */
type TreeSource = Readonly<Record<string, Content>> | (() => Tree);

/** What differs from the configuration of `startTestServer()`; the whole tree is served otherwise. */
type LazyConfig = Partial<Config> | ((tree: Tree) => Partial<Config>);

/**
 * Makes a tree before the tests of a file, or of a `describe()`, and removes it after them. The tree is
 * there for hooks and tests, not yet while they are declared.
 */
export function useTree(source: TreeSource = {}): Tree {
  const tree = declareTree(source);
  afterAll(() => tree[Symbol.dispose](), PATIENCE_MS);
  return tree;
}

/** Starts a server for a tree before the tests of a file, or of a `describe()`, and stops it after them. */
export function useServerOf(
  tree: Tree,
  config: LazyConfig = {},
  clocks: TestClocks = {},
): TestServer {
  const server = declareServer(tree, config, clocks);
  afterAll(() => server.stop(), PATIENCE_MS);
  return server;
}

/**
 * Makes a tree and starts a server for it before the tests of a file, or of a `describe()`, and stops
 * and removes both after them.
 *
 * @example const { tree, server } = useTestServer({ "a.txt": "a" }, { cors: true });
 */
export function useTestServer(
  source: TreeSource = {},
  config: LazyConfig = {},
  clocks: TestClocks = {},
): { readonly tree: Tree; readonly server: TestServer } {
  const tree = declareTree(source);
  const server = declareServer(tree, config, clocks);
  // In one hook, as hooks after the tests run in the order of those before them.
  afterAll(async () => {
    await server.stop();
    tree[Symbol.dispose]();
  }, PATIENCE_MS);
  return { tree, server };
}

function declareTree(source: TreeSource): Tree {
  const tree = makeFirst(() => (typeof source === "function" ? source() : makeTree(source)));
  return {
    get path() {
      return tree().path;
    },
    at: (name) => tree().at(name),
    [Symbol.dispose]: () => tree()[Symbol.dispose](),
  };
}

function declareServer(tree: Tree, config: LazyConfig, clocks: TestClocks): TestServer {
  const server = makeFirst(() => {
    const changes = typeof config === "function" ? config(tree) : config;
    return startTestServer({ directory: tree.path, ...changes }, clocks);
  });
  return {
    get port() {
      return server().port;
    },
    get origin() {
      return server().origin;
    },
    get errors() {
      return server().errors;
    },
    logged: () => server().logged(),
    stop: (lingerSeconds) => server().stop(lingerSeconds),
    [Symbol.asyncDispose]: () => server().stop(),
  };
}

/** Makes something before the first test. */
function makeFirst<Thing>(make: () => Thing): () => Thing {
  let made: { readonly thing: Thing } | undefined;
  beforeAll(() => {
    made = { thing: make() };
  }, PATIENCE_MS);
  return () => {
    if (made === undefined) throw new Error("it is made right before the first test, not yet");
    return made.thing;
  };
}
