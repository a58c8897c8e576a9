import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { DESKTOP, inEngines } from "../helpers/browser.ts";
import { runNginx } from "../helpers/nginx.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { freePort, untilAnswers, type Program } from "../helpers/program.ts";
import { findProgram } from "../helpers/system-program.ts";
import { useTestServer } from "../helpers/use-test-server.ts";
import { openWorkbench } from "../helpers/workbench.ts";
import { testWith } from "./client.ts";
import { referencesOf } from "./references.ts";

setDefaultTimeout(PATIENCE_MS);

const nginxTest = testWith("nginx");

/** More than a page of the index. */
const MANY = 1001;

/** Directories whose names a relative reference can be taken for something else. */
const ODD_NAMES = ["a:b", "http:", "?x=1", "#x", "%2e%2e", "a&b", " x", "-", "ü"];

const FILES = {
  "README.md": "# Read me\n\n[A file](a/b/c.txt), [a directory](a/), ![a picture](a/b/d.svg).\n",
  "a/b/README.md": "# Below\n\n[Beside](c.txt), [above](../../README.md), [far](../b/).\n",
  "a/b/c.txt": "c",
  "a/b/d.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
  "site/index.html": "<a href=page.html>a page</a>",
  "site/page.html": "<a href=./>back</a>",
  ...Object.fromEntries(ODD_NAMES.map((name) => [`odd/${name}/${name}`, name])),
  ...Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`many/${index}.txt`, ""])),
};

/** What nginx puts before our paths, and takes away from them. */
const PREFIX = "/files/";

const { tree, server } = useTestServer(
  {
    "nginx/": "",
    ...Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`served/${name}`, text])),
  },
  (its) => ({ directory: its.at("served") }),
);
let nginx: Program | undefined;
let origin: string;

beforeAll(async () => {
  if (findProgram("nginx").isSkipped) return;
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  nginx = runNginx(
    tree.at("nginx"),
    `server {
      listen 127.0.0.1:${port};
      location ${PREFIX} {
        proxy_pass http://127.0.0.1:${server.port}/;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $http_connection;
      }
    }`,
  );
  await untilAnswers(port, nginx.ended, `${PREFIX}rest`);
});

afterAll(() => nginx?.[Symbol.asyncDispose]());

/** Where to begin below the prefix, and the status there; whatever is reached from there is 200. */
const STARTS = new Map([
  ["", 200],
  ["many/?page=2", 200],
  ["test.html", 200],
  ["a", 301],
  ["a/b?sort=size&order=desc", 301],
  ...ODD_NAMES.map((name) => [`odd/${encodeURIComponent(name)}`, 301] as const),
  ["missing", 404],
  ["missing/", 404],
  ["missing?query/../..", 404],
  ["a/b/missing/deep", 404],
  ["a/b/c.txt/missing", 404],
  [".meerkat/missing", 404],
  ["websocket", 426],
]);

/** An answer that is not as it should be: its status, or references that leave the prefix. */
interface Fault {
  readonly url: string;
  readonly status?: number;
  readonly astray?: readonly string[];
}

/** Goes wherever references lead that are made to a client that accepts this. */
async function follow(accept: string) {
  const home = `${origin}${PREFIX}`;
  const starts = new Map(Array.from(STARTS, ([path, status]) => [`${home}${path}`, status]));
  const faults: Fault[] = [];
  const found = new Set(starts.keys());
  for (const url of found) {
    const response = await fetch(url, { headers: { Accept: accept }, redirect: "manual" });
    const { status } = response;
    const wanted = starts.get(url) ?? 200;
    if (status !== wanted && (starts.has(url) || status !== 301)) faults.push({ url, status });
    const references = [...(await referencesOf(response))];
    const isBelow = (reference: string) => reference.startsWith(home);
    const astray = references.filter((reference) => !isBelow(reference));
    if (astray.length > 0) faults.push({ url, astray });
    // Some of the many stand for all.
    const next = references.filter((it) => isBelow(it) && !/many\/\d\d/.test(it));
    next.forEach((reference) => found.add(reference));
  }
  return { faults, found };
}

/** What clients accept, and whether what they get has links from page to page. */
const ACCEPTS = [
  { accept: "text/html,application/xhtml+xml,*/*;q=0.8", isLinked: true }, // a browser
  { accept: "*/*", isLinked: true },
  { accept: "application/json", isLinked: true },
  { accept: "text/plain", isLinked: false },
];

for (const { accept, isLinked } of ACCEPTS) {
  nginxTest(`B5 nginx with a prefix: every reference stays below it, for ${accept}`, async () => {
    const { faults, found } = await follow(accept);
    expect(faults).toEqual([]);
    if (isLinked) expect([...found]).toContain(`${origin}${PREFIX}a/b/c.txt`);
  });
}

nginxTest("B5 nginx with a prefix: a redirect keeps the query", async () => {
  const response = await fetch(`${origin}${PREFIX}a/b?sort=size&order=desc`);
  expect(response.url).toBe(`${origin}${PREFIX}a/b/?sort=size&order=desc`);
});

inEngines(({ open }) => {
  nginxTest("B5 nginx with a prefix: the workbench finds the WebSocket", async () => {
    const { host } = new URL(origin);
    const prefixed = `${origin}${PREFIX.slice(0, -1)}`;
    await using workbench = await openWorkbench(open, prefixed, DESKTOP);
    expect(await workbench.valueOf("#url")).toBe(`ws://${host}${PREFIX}websocket`);
    await workbench.connect();
    await workbench.send("through nginx");
    await workbench.untilReceived(1);
    expect(await workbench.payloads("received")).toEqual(["through nginx"]);
    expect(await workbench.page.complaints()).toEqual([]);
  });
});
