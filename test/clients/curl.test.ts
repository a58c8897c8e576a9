import { describe, expect, setDefaultTimeout } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree, type Tree } from "../helpers/tree.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { run, testWith } from "./client.ts";
import { DOWNLOAD_NAMES, makeDownloads, requestsOf } from "./downloads.ts";
import { differences, makeAgedTree, MANY } from "./mirrors.ts";

setDefaultTimeout(PATIENCE_MS);

const curlTest = testWith("curl");

/** Runs curl without a settings file, and so that an error status ends it with an error. */
async function curl(home: Tree, ...args: readonly string[]): Promise<string> {
  const options = ["--disable", "--fail", "--silent", "--show-error"];
  return (await run("curl", [...options, ...args], { cwd: home.path })).stdout;
}

/** The TLS of a server that makes its own certificate. */
const HTTP2 = { tls: { kind: "own", ca: undefined, http2: true } } as const;

const VERSIONS = [
  { version: "", config: {}, scheme: "http", options: [] },
  { version: " over HTTP/2", config: HTTP2, scheme: "https", options: ["--http2", "--insecure"] },
] as const;

for (const { version, config, scheme, options } of VERSIONS) {
  curlTest(`A1 curl -OJ${version} saves files under their own names`, async () => {
    using tree = makeDownloads();
    using home = makeTree();
    await using server = startTestServer({ ...config, directory: tree.path });
    const urls = DOWNLOAD_NAMES.map((name) => `${scheme}://127.0.0.1:${server.port}/${name}`);
    await curl(home, ...options, "--remote-name-all", "-J", "-R", ...urls);
    expect(differences(tree.path, home.path)).toEqual([]);
  });

  curlTest(`A1 curl -r${version} of a file from the disk is given no name`, async () => {
    using tree = makeDownloads();
    using home = makeTree();
    await using server = startTestServer({ ...config, directory: tree.path });
    const urls = DOWNLOAD_NAMES.map((name) => `${scheme}://127.0.0.1:${server.port}/${name}`);
    await curl(home, ...options, "--remote-name-all", "-J", "-r", "0-1048576", ...urls);
    expect(readdirSync(home.path).sort()).toEqual([...DOWNLOAD_NAMES].sort());
  });

  curlTest(`curl -C -${version} continues half a file`, async () => {
    const content = randomBytes(3_000_001);
    using tree = makeTree({ "large.bin": content });
    using home = makeTree({ "large.bin": content.subarray(0, 1_500_000) });
    await using server = startTestServer({ ...config, directory: tree.path, log: "json" });
    const url = `${scheme}://127.0.0.1:${server.port}/large.bin`;
    await curl(home, ...options, "-C", "-", "-O", url);
    expect(differences(tree.path, home.path, "contents")).toEqual([]);
    expect(requestsOf(server)).toMatchObject([{ status: 206, bytes: 1_500_001 }]);
  });
}

curlTest("curl -C - leaves a complete file as it is", async () => {
  using tree = makeDownloads();
  using copy = makeTree({ "a.zip": readFileSync(tree.at("a.zip")) });
  await using server = startTestServer({ directory: tree.path });
  await run("curl", ["-q", "-sS", "-C", "-", "-O", `${server.origin}/a.zip`], { cwd: copy.path });
  expect(readFileSync(copy.at("a.zip"))).toEqual(readFileSync(tree.at("a.zip")));
});

const NAMES = Array.from({ length: MANY }, (_, index) => `file ${index}.txt`).sort();

const LISTINGS = [
  { accept: "text/plain", namesOf: (text: string) => text.trimEnd().split("\n") },
  {
    accept: "application/json",
    namesOf: (text: string) => JSON.parse(text).entries.map(({ name }: { name: string }) => name),
  },
  { accept: "*/*", namesOf: namesOfLinks },
  { accept: "", namesOf: namesOfLinks }, // curl leaves an empty field out
];

function namesOfLinks(html: string): readonly string[] {
  return Array.from(html.matchAll(/href="([^"]+)"/g), ([, href = ""]) => href)
    .filter((href) => !/^(\.\.?\/)+$/.test(href)) // the directory itself, the one above
    .map((href) => decodeURIComponent(href.replace(/^\.\//, "")));
}

describe(`a directory of ${MANY} files`, () => {
  const { tree, server } = useTestServer(Object.fromEntries(NAMES.map((name) => [name, ""])));

  for (const { accept, namesOf } of LISTINGS) {
    curlTest(`B1 curl -H 'Accept: ${accept}' gets all of its names`, async () => {
      const listing = await curl(tree, "-H", `Accept: ${accept}`, `${server.origin}/`);
      expect([...namesOf(listing)].sort()).toEqual(NAMES);
    });
  }
});

curlTest("curl --compressed gets the same bytes in fewer", async () => {
  using tree = makeTree({
    "small.txt": "small ".repeat(20_000),
    "large.txt": "large ".repeat(400_000),
  });
  using home = makeTree();
  await using server = startTestServer({ directory: tree.path, log: "json" });
  const urls = ["small.txt", "large.txt"].map((name) => `${server.origin}/${name}`);
  // A file is compressed in the background, so the first answers may be as long as the file.
  do {
    await curl(home, "--compressed", "--remote-name-all", ...urls);
    expect(differences(tree.path, home.path, "contents")).toEqual([]);
  } while (!requestsOf(server).some(({ bytes }) => bytes < 10_000));
});

curlTest("curl -z fetches a file only if it has changed since", async () => {
  using tree = makeAgedTree({ "a.txt": "a" });
  using home = makeTree();
  await using server = startTestServer({ directory: tree.path, log: "json" });
  const args = ["-R", "-z", "a.txt", "-O", `${server.origin}/a.txt`];
  await curl(home, ...args);
  await curl(home, ...args);
  writeFileSync(tree.at("a.txt"), "changed");
  await curl(home, ...args);
  expect(differences(tree.path, home.path)).toEqual([]);
  expect(requestsOf(server).map(({ status }) => status)).toEqual([200, 304, 200]);
});

curlTest("A3 curl --etag-compare fetches a file that has changed but for its time", async () => {
  using tree = makeTree({ "a.txt": "v=1.0.0;" });
  using home = makeTree();
  const date = new Date("1985-10-26T08:15:00Z");
  utimesSync(tree.at("a.txt"), date, date);
  await using server = startTestServer({ directory: tree.path, log: "json" });
  const args = ["--etag-save", "etag", "--etag-compare", "etag", "-o", "a.txt"];
  await curl(home, ...args, `${server.origin}/a.txt`);
  await curl(home, ...args, `${server.origin}/a.txt`);
  writeFileSync(tree.at("a.txt"), "v=2.0.0;");
  utimesSync(tree.at("a.txt"), date, date);
  await curl(home, ...args, `${server.origin}/a.txt`);
  expect(readFileSync(home.at("a.txt"), "utf8")).toBe("v=2.0.0;");
  expect(requestsOf(server).map(({ status }) => status)).toEqual([200, 304, 200]);
});

curlTest("curl --parallel brings a hundred files", async () => {
  using tree = makeTree(
    Object.fromEntries(
      NAMES.slice(0, 100).map((_, i) => [`${i}.bin`, randomBytes(20_000 * (i % 60))]),
    ),
  );
  using home = makeTree();
  await using server = startTestServer({ directory: tree.path });
  await curl(home, "--parallel", "--remote-name-all", `${server.origin}/[0-99].bin`);
  expect(differences(tree.path, home.path, "contents")).toEqual([]);
});
