import { expect, setDefaultTimeout } from "bun:test";
import { copyFileSync, readFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";
import { run, testWith } from "./client.ts";
import { MANY } from "./mirrors.ts";

setDefaultTimeout(PATIENCE_MS);

/** Debian's; another one may come first on the PATH. */
const PIP = "/usr/bin/pip3";
const PYTHON = "/usr/bin/python3";

const pipTest = testWith(PIP, PYTHON);

const WHEEL = "demo-1.0-py3-none-any.whl";

/** The place of the wheel in the order of names, beyond the first page of an index. */
const PLACE = 1400;

/** Makes the smallest wheel that pip installs, in a directory of its own. */
async function makeWheel(): Promise<Tree> {
  const info = "demo-1.0.dist-info";
  const tree = makeTree({
    "demo.py": "ANSWER = 42\n",
    [`${info}/METADATA`]: "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${info}/RECORD`]: `demo.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`,
  });
  const files = ["demo.py", ...["METADATA", "WHEEL", "RECORD"].map((name) => `${info}/${name}`)];
  await run(PYTHON, ["-c", ZIP, WHEEL, ...files], { cwd: tree.path });
  return tree;
}

const ZIP = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name in sys.argv[2:]:
        wheel.write(name)
`;

/** Runs pip without settings, cache and the look for a newer pip. */
async function pip(cwd: string, ...args: readonly string[]): Promise<void> {
  const env = {
    PIP_CONFIG_FILE: "/dev/null",
    PIP_NO_CACHE_DIR: "1",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
  };
  await run(PIP, args, { cwd, env });
}

pipTest(`B1 pip download --find-links finds the wheel at place ${PLACE} of ${MANY}`, async () => {
  using wheel = await makeWheel();
  const others = Array.from({ length: MANY - 1 }, (_, index) => {
    const number = String(index).padStart(4, "0");
    return `${index < PLACE - 1 ? "a" : "z"}${number}-1.0-py3-none-any.whl`;
  });
  using tree = makeTree(Object.fromEntries(others.map((name) => [name, ""])));
  using home = makeTree();
  copyFileSync(wheel.at(WHEEL), tree.at(WHEEL));
  await using server = startTestServer({ directory: tree.path });
  await pip(home.path, "download", "--no-index", "--find-links", `${server.origin}/`, "demo");
  expect(readFileSync(home.at(WHEEL))).toEqual(readFileSync(tree.at(WHEEL)));
});

pipTest("B1 pip install --index-url takes a directory of directories as an index", async () => {
  using wheel = await makeWheel();
  using tree = makeTree({ "simple/other/": "", "simple/demo/": "" });
  using home = makeTree();
  copyFileSync(wheel.at(WHEEL), tree.at(`simple/demo/${WHEEL}`));
  await using server = startTestServer({ directory: tree.path });
  const index = ["--index-url", `${server.origin}/simple/`];
  await pip(home.path, "install", ...index, "--no-compile", "--target", home.at("site"), "demo");
  expect(readFileSync(home.at("site/demo.py"), "utf8")).toBe("ANSWER = 42\n");
});

pipTest("A1 pip install takes a wheel by its address", async () => {
  using wheel = await makeWheel();
  using home = makeTree();
  await using server = startTestServer({ directory: wheel.path });
  const target = ["--no-compile", "--target", home.at("site")];
  await pip(home.path, "install", "--no-index", ...target, `${server.origin}/${WHEEL}`);
  expect(readFileSync(home.at("site/demo.py"), "utf8")).toBe("ANSWER = 42\n");
});
