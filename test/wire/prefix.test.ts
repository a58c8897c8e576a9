import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { exchange, field, formatRequest, request, type RawResponse } from "../helpers/raw-http.ts";
import { referencesOf } from "../helpers/references.ts";
import { useServerOf, useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const HTML = { Accept: "text/html" };
const PUBLIC = "http://public.example";

/** Directories whose names a careless redirect would take for something else. */
const NAMES = ["a:b", "http:", "a b", "100%", "%2e%2e", "a..", "~", "?q", "#f", "é", "-", "&amp;"];

const MANY = Array.from({ length: 1001 }, (_, index) => `many/file${index}.txt`);
const { tree, server } = useTestServer(
  {
    "file.txt": "file",
    "a/b/c/deep.txt": "deep",
    "documented/README.md": "![cat](img/cat.png) [down](docs/) [file](./img/cat.png) [top](#top)",
    "documented/img/cat.png": "cat",
    "documented/docs/x.txt": "x",
    ...Object.fromEntries(NAMES.map((name) => [`names/${name}/x.txt`, "x"])),
    ...Object.fromEntries(MANY.map((name) => [name, "."])),
  },
  { metrics: false },
);
const guarded = useServerOf(tree, { auth: "user:password" });

/** As nginx has it: what `location` matches of a path is replaced by a slash. */
interface Proxy {
  readonly location: string;
  /** The path of the index for browsers. */
  readonly index: string;
}

const PROXIES: readonly Proxy[] = [
  { location: "/", index: "/" },
  { location: "/files/", index: "/files/" },
  { location: "/a/b/c/", index: "/a/b/c/" },
  // A slash is forgotten, so that all paths begin with two.
  { location: "/files", index: "/files/" },
];

function throughProxy({ location }: Proxy, url: URL): Promise<RawResponse> {
  return request(server.port, "GET", `/${url.pathname.slice(location.length)}${url.search}`, HTML);
}

/** Where the references of an answer lead; none leaves the host or the prefix. */
function destinationsOf(response: RawResponse, base: URL, index: string): URL[] {
  const references = referencesOf(response);
  const urls = references.map((reference) => new URL(reference, base));
  const isBelow = ({ origin, pathname }: URL) => origin === PUBLIC && pathname.startsWith(index);
  expect(urls.filter((url) => !isBelow(url)).map(({ href }) => href)).toEqual([]);
  expect(references.filter((reference) => reference.startsWith("/"))).toEqual([]);
  for (const url of urls) url.hash = "";
  return urls;
}

describe("B5 below a prefix", () => {
  test.each(PROXIES)("everything that $location shows leads to what is there", async (proxy) => {
    const { index } = proxy;
    const pages = ["", "a/b/c", "documented", "names", "many/?page=2&sort=size", "test.html"];
    const waiting = pages.map((page) => new URL(index + page, PUBLIC));
    const seen = new Set<string>();
    for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
      if (seen.has(url.href)) continue;
      seen.add(url.href);
      if (url.pathname.startsWith(`${index}many/file`)) continue; // one is like the other
      const response = await throughProxy(proxy, url);
      expect(response.status, url.href).toBeOneOf([200, 301]);
      waiting.push(...destinationsOf(response, url, index));
    }
    const wanted = [
      ...[
        ".meerkat/index.css",
        ".meerkat/index/main.js",
        ".meerkat/test.css",
        ".meerkat/workbench/main.js",
      ],
      ...["favicon.svg", "rest", "documented/img/cat.png", "many/?sort=size&order=desc"],
      ...NAMES.map((name) => `names/${encodeURIComponent(name)}/x.txt`),
    ];
    expect(wanted.filter((path) => !seen.has(PUBLIC + index + path))).toEqual([]);
  });

  test.each(NAMES)("a directory called %j without its slash leads to it", async (name) => {
    const path = `/names/${encodeURIComponent(name)}`;
    for (const target of [path, `/${path}`, path.replace("/names/", "/names//")]) {
      const response = await request(server.port, "GET", `${target}?x=//y&z=%20`);
      expect(response.status).toBe(301);
      const url = new URL(field(response, "location") ?? "", `${PUBLIC}/files${target}`);
      expect(url.href).toBe(`${PUBLIC}/files${target}/?x=//y&z=%20`);
    }
  });

  test("of a redirect the reference is the name, the slash and the query", async () => {
    const response = await request(server.port, "GET", "/a/b?q");
    expect(field(response, "location")).toBe("b/?q");
  });
});

/** Follows what an answer refers to, below a prefix. */
async function expectAllThere(response: RawResponse, target: string): Promise<void> {
  const references = destinationsOf(response, new URL(`${PUBLIC}/files${target}`), "/files/");
  expect(new Set(references.map(({ pathname }) => pathname))).toEqual(
    new Set(["/files/.meerkat/index.css", "/files/favicon.svg", "/files/"]),
  );
  for (const { pathname } of references) {
    const there = await request(server.port, "GET", pathname.slice("/files".length));
    expect(there.status, pathname).toBe(200);
  }
}

describe("B5 the page of an error below a prefix has its style, and leads to the index", () => {
  test.each([
    ["/%zz", 400, {}],
    ["/a/b/%ff", 400, {}],
    ["/a/%00/%zz/", 400, {}],
    ["/a/?archive=zip", 400, {}],
    ["/nothing", 404, {}],
    ["/nothing/", 404, {}],
    ["/a/b/nothing/x/y?z=/1/2", 404, {}],
    ["/a//b///nothing", 404, {}],
    ["/a/b/nothing//", 404, {}],
    ["/a/b%2fc/nothing", 404, {}],
    ["/a/..%2f..%2fx/y", 404, {}],
    ["/a/../b/./x", 404, {}],
    ["/a/%2e%2e/b/x/%2E", 404, {}],
    ["/a\\b\\nothing", 404, {}],
    ["/.git/config", 404, {}],
    ["/.meerkat/nothing", 404, {}],
    ["/.meerkat/metrics", 404, {}],
    ["/file.txt/", 404, {}],
    ["/a:b/http://x/", 404, {}],
    // As deep as are ready-made, and one more.
    [`/${"d/".repeat(15)}x`, 404, {}],
    [`/${"d/".repeat(16)}x`, 404, {}],
    ["/a/b/c/deep.txt", 412, { "If-Match": '"other"' }],
    ["/a/b/c/deep.txt", 416, { Range: "bytes=9-" }],
    ["/a/b/c/deep.txt", 421, { Host: "evil.example" }],
    ["/a/b", 400, { Host: "a/b" }],
    ["/a/../b/x", 400, { Host: "localhost:99999" }],
    ["/websocket", 426, {}],
    ["/websocket?delay=x", 400, { Upgrade: "websocket", Connection: "Upgrade" }],
  ] as const)("%s: %i", async (target, status, fields) => {
    const response = await request(server.port, "GET", target, { ...HTML, ...fields });
    expect(response.status).toBe(status);
    await expectAllThere(response, target);
  });

  test("at whatever depth", async () => {
    const target = `/${"d/".repeat(3000)}x`;
    await expectAllThere(await request(server.port, "GET", target, HTML), target);
  });

  test("405", async () => {
    const response = await request(server.port, "POST", "/a/b/c/deep.txt", HTML);
    expect(response.status).toBe(405);
    await expectAllThere(response, "/a/b/c/deep.txt");
  });

  test("401", async () => {
    const response = await request(guarded.port, "GET", "/a/b/c/", HTML);
    expect(response.status).toBe(401);
    await expectAllThere(response, "/a/b/c/");
  });

  // Two slashes at the beginning belong to the prefix.
  test.each(["//nothing", "///a/nothing", "//evil.example/a/x"])("%s: 404", async (target) => {
    const response = await request(server.port, "GET", target, HTML);
    expect(response.status).toBe(404);
    const [root = ""] = /^\/+/.exec(target) ?? [];
    for (const url of destinationsOf(response, new URL(`${PUBLIC}${target}`), root)) {
      expect((await request(server.port, "GET", url.pathname)).status, url.href).toBe(200);
    }
  });

  // Without a good Host field Bun leaves dot segments in, and the client takes them out.
  test.each(["/a/../b/./nothing", "/a/%2e%2e/b/%2e/x", "/a\\b/x", "/a/b/../c/../../x/y"])(
    "%s in HTTP/1.0 without Host: 404",
    async (target) => {
      const bytes = `GET ${target} HTTP/1.0\r\nAccept: text/html\r\n\r\n`;
      const { responses } = await exchange(server.port, bytes);
      expect(responses.map(({ status }) => status)).toEqual([404]);
      for (const response of responses) await expectAllThere(response, target);
    },
  );

  test("a target in absolute form: 404", async () => {
    const bytes = formatRequest("GET", "http://evil.example/a/nothing", HTML);
    const { responses } = await exchange(server.port, bytes);
    expect(responses.map(({ status }) => status)).toEqual([404]);
    for (const response of responses) await expectAllThere(response, "/a/nothing");
  });
});

describe("B5 the listing of a path with repeated slashes", () => {
  test.each(["/a//b/", "/a/b//", "/a///b//c/", "//a/b/"])(
    "%s leads up and to ours",
    async (target) => {
      const base = new URL(`${PUBLIC}/files${target}`);
      const index = target.startsWith("//") ? "/files//" : "/files/";
      const response = await request(server.port, "GET", target, HTML);
      expect(response.status).toBe(200);
      const destinations = destinationsOf(response, base, index);
      for (const { pathname, search } of destinations) {
        const there = await request(server.port, "GET", pathname.slice("/files".length) + search);
        expect(there.status, pathname).toBe(200);
      }
      const names = target.split("/").filter((name) => name !== "");
      const ancestors = names.map(
        (_, level) =>
          index +
          names
            .slice(0, level)
            .map((n) => `${n}/`)
            .join(""),
      );
      expect(destinations.map(({ pathname }) => pathname)).toEqual(
        expect.arrayContaining([`${index}.meerkat/index.css`, ...ancestors]),
      );
    },
  );

  test("is not taken for the one without", async () => {
    const [plain, doubled] = [
      await request(server.port, "GET", "/a/b/", HTML),
      await request(server.port, "GET", "/a//b/", HTML),
    ];
    expect(field(plain, "etag")).not.toBe(field(doubled, "etag"));
    expect((await request(server.port, "GET", "/a/b/", HTML)).body.equals(plain.body)).toBe(true);
  });
});
