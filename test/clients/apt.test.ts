import { beforeAll, expect, setDefaultTimeout } from "bun:test";
import { randomFillSync } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { findProgram } from "../helpers/system-program.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTree } from "../helpers/use-test-server.ts";
import { run, testWith } from "./client.ts";
import { differences } from "./mirrors.ts";

setDefaultTimeout(PATIENCE_MS);

const PROGRAMS = ["apt-get", "apt-ftparchive", "dpkg-deb"] as const;

const aptTest = testWith(...PROGRAMS);

/** Two of three packages are large, so that several wait behind one that is sent from the disk. */
const PACKAGES = Array.from({ length: 36 }, (_, index) => ({
  name: `package${index}`,
  bytes: index % 3 === 0 ? 2_000 : 6_000_000,
}));

const tree = useTree({ "served/": "" });

beforeAll(async () => {
  if (PROGRAMS.some((name) => findProgram(name).isSkipped)) return;
  const waiting = [...PACKAGES];
  const buildSome = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await build(next);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, buildSome));
  const { stdout } = await run("apt-ftparchive", ["packages", "."], { cwd: tree.at("served") });
  writeFileSync(tree.at("served/Packages"), stdout);
});

/** Builds a package with one file of random bytes, uncompressed, as compressing takes seconds. */
async function build({ name, bytes }: (typeof PACKAGES)[number]): Promise<void> {
  const directory = tree.at(`sources/${name}`);
  mkdirSync(`${directory}/DEBIAN`, { recursive: true });
  writeFileSync(
    `${directory}/DEBIAN/control`,
    `Package: ${name}\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\n` +
      "Description: a test\n",
  );
  writeFileSync(`${directory}/${name}`, randomFillSync(Buffer.alloc(bytes)));
  const file = tree.at(`served/${name}_1.0_all.deb`);
  const args = ["--build", "-Znone", "--root-owner-group", directory, file];
  await run("dpkg-deb", args, { cwd: tree.path });
  rmSync(directory, { recursive: true });
}

/**
 * Makes what apt reads and writes below a directory, so that nothing of the system's is touched or
 * changes its ways, and returns the environment that says so.
 */
function makePrivateRoot(root: string, source: string): Readonly<Record<string, string>> {
  const directories = [
    "etc/apt",
    "var/lib/apt/lists/partial",
    "var/lib/dpkg",
    "var/cache/apt/archives/partial",
  ];
  for (const directory of directories) mkdirSync(`${root}/${directory}`, { recursive: true });
  writeFileSync(`${root}/etc/apt/sources.list`, `${source}\n`);
  writeFileSync(`${root}/var/lib/dpkg/status`, "");
  const config = `${root}/apt.conf`;
  // Root's apt gives up its rights for the download, and could then not enter a private directory.
  const user = process.getuid?.() === 0 ? 'APT::Sandbox::User "root";\n' : "";
  writeFileSync(
    config,
    `Dir "${root}/";\nDir::State::status "${root}/var/lib/dpkg/status";\n${user}`,
  );
  return { APT_CONFIG: config };
}

aptTest("B3 apt-get update and download bring all packages of a flat repository", async () => {
  using home = makeTree({ "packages/": "" });
  await using server = startTestServer({ directory: tree.at("served") });
  const env = makePrivateRoot(home.at("root"), `deb [trusted=yes] ${server.origin}/ ./`);
  await run("apt-get", ["update"], { cwd: home.path, env });
  const names = PACKAGES.map(({ name }) => name);
  await run("apt-get", ["download", ...names], { cwd: home.at("packages"), env });
  const found = differences(tree.at("served"), home.at("packages"), "contents");
  expect(found).toEqual(["- Packages"]);
});
