import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { gunzipSync } from "node:zlib";
import { RESERVED_ASSETS } from "../../src/routes/embedded.ts";
import { HOSTILE_NAMES } from "../files/listing/hostile-names.ts";
import { KeepAlive } from "../helpers/keep-alive.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { field, request, type RawResponse } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree, type Content } from "../helpers/tree.ts";
import { useTestServer, useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const SECRET = "# Outside the root";
const HTML = "text/html";
const JSON_TYPE = "application/json";
const TEXT = "text/plain";
/** What curl, wget, rclone, lftp and most others send, if anything. */
const PROGRAM = "*/*";

/** Several pages; large enough for its names to be kept, and to be read on the thread pool. */
const HUGE = 3500;

const outside = useTree({ "README.md": SECRET, "secret.txt": SECRET });
const { tree, server } = useTestServer(() =>
  makeTree({
    "documented/README.md": "# Hello **there**\n\n[down](docs/) ![cat](cat.png)",
    "documented/a.txt": "a",
    "lower/readme.md": "# lower",
    "linked-out/README.md": { link: outside.at("README.md") },
    "linked-in/README.md": { link: "../documented/README.md" },
    "directory/README.md/": "",
    "hostile/README.md": "<script>document.title = 'owned'</script>\n\n[x](javascript:alert(1))",
    "long/README.md": "# long\n".repeat(128 * 1024),
    "bytes/README.md": Buffer.from([0xef, 0xbb, 0xbf, 0x23, 0x20, 0xff, 0x00, 0x0a]),
    "indexed/index.html": "<p>mine",
    "indexed/README.md": "# not shown",
    ...nameFiles("huge", HUGE),
    "huge/README.md": "# Huge",
    "huge/zebra/": "",
    ...nameFiles("fifty", 50),
  }),
);

function nameFiles(directory: string, count: number): Record<string, Content> {
  // Long names, so that the directory itself is large.
  const name = (index: number) =>
    `${directory}/an entry with a rather long name, number ${index}.txt`;
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), "."]));
}

interface JsonListing {
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  readonly entries: readonly {
    readonly name: string;
    readonly type: string;
    readonly href: string;
  }[];
}

function get(target: string, fields: Readonly<Record<string, string>> = {}): Promise<RawResponse> {
  return request(server.port, "GET", target, fields);
}

async function list(target: string): Promise<JsonListing> {
  const { body } = await get(target, { Accept: JSON_TYPE });
  return JSON.parse(body.toString()) as JsonListing;
}

async function namesIn(target: string): Promise<string[]> {
  return (await list(target)).entries.map(({ name }) => name);
}

describe("the README.md of a directory", () => {
  const readme = async (target: string) => {
    const html = (await get(target, { Accept: HTML })).body.toString();
    return /<article[^>]*>\n([^]*)<\/article>/.exec(html)?.[1];
  };

  test.each([
    ["/linked-out/", "a link out of the root"],
    ["/directory/", "a directory of that name"],
    ["/long/", "one that is too long"],
    ["/bytes/", "one in no encoding that can be told (A5)"],
    ["/fifty/", "none at all"],
    ["/huge/?page=2", "a page that is not the first"],
  ])("%s is listed without: it has %s", async (target) => {
    const { status, body } = await get(target, { Accept: HTML });
    expect(status).toBe(200);
    expect(body.toString()).not.toContain("<article");
    expect(body.toString()).not.toContain("Outside");
  });

  test("is rendered below the listing", async () => {
    expect(await readme("/documented/")).toBe(
      '<h2 id="readme-hello-there">Hello <strong>there</strong></h2>\n' +
        '<p><a href="docs/">down</a> <img src="cat.png" alt="cat" loading="lazy"></p>\n',
    );
    expect(await readme("/lower/")).toContain("lower</h2>");
    expect(await readme("/linked-in/")).toContain("there</strong>");
    expect(await readme("/huge/?sort=size")).toContain("Huge</h2>");
  });

  test("cannot do anything, and is behind the policy of the page", async () => {
    const response = await get("/hostile/", { Accept: HTML });
    expect(await readme("/hostile/")).toBe(
      "<p>&lt;script&gt;document.title = 'owned'&lt;/script&gt;</p>\n<p><a>x</a></p>\n",
    );
    const policy = field(response, "content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("img-src 'self'");
  });

  test("is neither in JSON nor in text, nor beside an index.html", async () => {
    expect(await namesIn("/documented/")).toEqual(["a.txt", "README.md"]);
    expect((await get("/documented/", { Accept: TEXT })).body.toString()).toBe(
      "a.txt\nREADME.md\n",
    );
    expect((await get("/indexed/", { Accept: HTML })).body.toString()).toBe("<p>mine");
  });

  test("is part of the page's ETag, also when its size and time are as they were", async () => {
    const path = tree.at("documented/README.md");
    const before = await get("/documented/", { Accept: HTML });
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const one = await get("/documented/", { Accept: HTML });
    writeFileSync(path, "# Hello **THERE**\n\n[down](docs/) ![cat](cat.png)");
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const other = await get("/documented/", {
      Accept: HTML,
      "If-None-Match": field(one, "etag") ?? "",
    });
    expect(other.status).toBe(200);
    expect(other.body.toString()).toContain("<strong>THERE</strong>");
    writeFileSync(path, "# Hello **there**\n\n[down](docs/) ![cat](cat.png)");
    expect(field(before, "etag")).not.toBe(field(one, "etag"));
  });
});

describe("a listing in pages", () => {
  const total = HUGE + 2;

  test("has every entry once, directories first", async () => {
    const pages = await Promise.all([1, 2, 3, 4].map((page) => list(`/huge/?page=${page}`)));
    expect(pages.map(({ page, pages: count, total: all }) => [page, count, all])).toEqual(
      [1, 2, 3, 4].map((page) => [page, 4, total]),
    );
    const entries = pages.flatMap(({ entries }) => entries);
    expect(entries).toHaveLength(total);
    expect(new Set(entries.map(({ name }) => name)).size).toBe(total);
    expect(entries[0]?.name).toBe("zebra");
    expect(entries.at(-1)?.name).toBe("README.md");
  });

  test("E7 as HTML has no Link field: Firefox fetches its next page, against our policy", async () => {
    const { status, fields } = await get("/huge/", { Accept: HTML });
    expect(status).toBe(200);
    expect(fields.map(([name]) => name.toLowerCase())).not.toContain("link");
  });

  test.each([JSON_TYPE, TEXT])("as %s has links to the others (RFC 8288)", async (accept) => {
    const link = async (query: string) => {
      const response = await get(`/huge/${query}`, { Accept: accept });
      return field(response, "link");
    };
    expect(await link("?sort=size&page=2")).toBe(
      '<?sort=size&order=desc&page=1>; rel="first", <?sort=size&order=desc&page=1>; rel="prev", ' +
        '<?sort=size&order=desc&page=3>; rel="next", <?sort=size&order=desc&page=4>; rel="last"',
    );
    expect(await link("?page=1")).toBe(
      '<?sort=name&order=asc&page=1>; rel="first", <?sort=name&order=asc&page=2>; rel="next", ' +
        '<?sort=name&order=asc&page=4>; rel="last"',
    );
    expect(await link("?page=4")).not.toContain("next");
    const { fields } = await get("/fifty/", { Accept: accept });
    expect(fields.map(([name]) => name.toLowerCase())).not.toContain("link");
  });

  test("can be read to its end by following next", async () => {
    let count = 0;
    for (let target: string | undefined = "?format=json&page=1"; target !== undefined;) {
      const response = await get(`/huge/${target}`);
      count += (JSON.parse(response.body.toString()) as JsonListing).entries.length;
      target = /<([^>]*)>; rel="next"/.exec(field(response, "link") ?? "")?.[1];
      if (target !== undefined) expect(target).toEndWith("&format=json");
    }
    expect(count).toBe(total);
  });

  test("a page beyond the last is the last", async () => {
    const { page, entries } = await list("/huge/?page=9999");
    expect([page, entries.length]).toEqual([4, total - 3000]);
  });
});

describe("a listing is asked for again", () => {
  test.each([
    [HTML, "/huge/"],
    [JSON_TYPE, "/huge/?page=2"],
    [TEXT, "/huge/?sort=size&page=1"],
    [PROGRAM, "/huge/?page=2"],
    [PROGRAM, "/fifty/"],
    [HTML, "/fifty/"],
    [JSON_TYPE, "/fifty/"],
    [TEXT, "/fifty/"],
  ])("as %s from %s, compressed from the first answer on, and 304", async (accept, target) => {
    await using fresh = startTestServer({ directory: tree.path });
    const ask = (fields: Readonly<Record<string, string>>) =>
      request(fresh.port, "GET", target, { Accept: accept, ...fields });
    const first = await ask({ "Accept-Encoding": "gzip" });
    expect(field(first, "content-encoding")).toBe("gzip");
    const identity = await ask({});
    expect(gunzipSync(first.body).equals(identity.body)).toBe(true);
    for (const response of [first, identity]) {
      const etag = field(response, "etag") ?? "";
      const coding = response === first ? { "Accept-Encoding": "gzip" } : {};
      const again = await ask({ ...coding, "If-None-Match": etag });
      expect([again.status, field(again, "etag"), again.body.length]).toEqual([304, etag, 0]);
      expect(field(again, "vary")).toBe("Accept, Accept-Encoding");
    }
    expect(field(first, "etag")).not.toBe(field(identity, "etag"));
  });

  test("and is always as the directory is", async () => {
    using changing = makeTree(nameFiles("huge", 2500));
    let aheadMs = 3_600_000;
    const now = () => Date.now() + aheadMs;
    await using fresh = startTestServer({ directory: changing.path }, { now });
    await using client = await KeepAlive.open(fresh.port);
    const total = async () => {
      const { body } = await client.get("/huge/?format=json&sort=name&order=desc");
      return JSON.parse(body.toString()) as JsonListing;
    };
    // By the clock that is ahead the directory counts as settled, so its names are kept.
    expect((await total()).total).toBe(2500);
    // By the true one it does not: changes within one tick of the kernel's clock leave no trace.
    aheadMs = 0;
    for (let round = 0; round < 50; round++) {
      const path = changing.at(`huge/zzz ${round}`);
      writeFileSync(path, "");
      expect(await total()).toMatchObject({
        total: 2501,
        entries: { 0: { name: `zzz ${round}` } },
      });
      renameSync(path, `${path} renamed`);
      expect((await total()).entries[0]?.name).toBe(`zzz ${round} renamed`);
      unlinkSync(`${path} renamed`);
      mkdirSync(path);
      expect((await total()).entries[0]).toMatchObject({ name: `zzz ${round}`, type: "directory" });
      rmSync(path, { recursive: true });
      expect((await total()).total).toBe(2500);
    }
  });

  test("also where only what is behind a link has changed, or a file in it", async () => {
    using changing = makeTree({ ...nameFiles("huge", 1500), "file.txt": "x", "directory/": "" });
    symlinkSync("../target", changing.at("huge/zzz"));
    await using fresh = startTestServer({ directory: changing.path });
    const last = async () => {
      const target = "/huge/?format=json&page=2";
      const { body } = await request(fresh.port, "GET", target);
      return JSON.parse(body.toString()) as { entries: { name: string; size: number | null }[] };
    };
    const first = async () => {
      const { body } = await request(fresh.port, "GET", "/huge/?format=text");
      return body.toString().split("\n")[0];
    };
    expect((await last()).entries.at(-1)?.name).not.toBe("zzz");
    symlinkSync("file.txt", changing.at("target"));
    expect((await last()).entries.at(-1)).toMatchObject({ name: "zzz", size: 1 });
    writeFileSync(changing.at("file.txt"), "xyz");
    expect((await last()).entries.at(-1)).toMatchObject({ name: "zzz", size: 3 });
    unlinkSync(changing.at("target"));
    symlinkSync("directory", changing.at("target"));
    expect(await first()).toBe("zzz/");
    unlinkSync(changing.at("target"));
    symlinkSync(outside.path, changing.at("target"));
    expect(await first()).not.toContain("zzz");
  });

  test("by many at once: everybody gets the page that was asked for", async () => {
    await using fresh = startTestServer({ directory: tree.path });
    const targets = ["", "?page=3", "?sort=size", "?order=desc", "?sort=time&page=2", "?page=4"];
    const ask = (target: string) => request(fresh.port, "GET", `/huge/${target}`, { Accept: TEXT });
    const alone = await Promise.all(
      targets.map(async (target) => (await get(`/huge/${target}`, { Accept: TEXT })).body),
    );
    const together = await Promise.all(targets.flatMap((target) => [ask(target), ask(target)]));
    together.forEach(({ body }, index) => {
      expect(body.equals(alone[index >> 1] ?? Buffer.alloc(0))).toBe(true);
    });
  });
});

describe("a hostile name", () => {
  /** But for those that no file can have, and one with a backslash, which is never listed. */
  const names = HOSTILE_NAMES.filter((name) => !/[/\\]/.test(name));

  const { tree: hostile, server: hostileServer } = useTestServer();

  beforeAll(() => {
    for (const name of names) writeFileSync(hostile.at(name), `content of ${name}`);
  });

  test("is in the listing, as JSON tells it", async () => {
    const { body } = await request(hostileServer.port, "GET", "/?format=json");
    const { entries } = JSON.parse(body.toString()) as JsonListing;
    const shown = names.filter((name) => !name.startsWith("."));
    expect(entries.map(({ name }) => name).toSorted()).toEqual(shown.toSorted());
  });

  test.each([
    ["a browser", HTML, /<td><a href="\.\/([^"]*)"[^>]*>/g],
    ["a program", PROGRAM, /^<a href="([^"]*)">/gm],
  ])(
    "has a link for %s that fetches its bytes, as it is written there",
    async (_who, accept, pattern) => {
      const { body } = await request(hostileServer.port, "GET", "/", { Accept: accept });
      const hrefs = Array.from(body.toString().matchAll(pattern), ([, href = ""]) => `/${href}`);
      const fetched = await Promise.all(
        hrefs.map(async (href) => await request(hostileServer.port, "GET", href)),
      );
      const shown = names.filter((name) => !name.startsWith("."));
      expect(fetched.map(({ body: bytes }) => bytes.toString()).toSorted()).toEqual(
        shown.map((name) => `content of ${name}`).toSorted(),
      );
    },
  );
});

describe("the wire", () => {
  /** Less is sent as it is. */
  const WORTH_COMPRESSING_BYTES = 256;
  const BROWSER = { Accept: "text/html,*/*;q=0.8", "Accept-Encoding": "gzip, deflate, br, zstd" };

  test("carries a page of 50 entries with style, script and icon in less than 12 KB", async () => {
    const assets = [...RESERVED_ASSETS.keys()].filter((path) => path.startsWith("/.meerkat/index"));
    const targets = ["/fifty/", ...assets, "/favicon.svg"];
    // The server's own assets are compressed while their first answer is under way.
    await using client = await KeepAlive.open(server.port);
    const fetchSettled = async (target: string) => {
      for (;;) {
        const response = await client.get(target, BROWSER);
        const isCoded = field(response, "content-encoding") !== undefined;
        if (isCoded || response.body.length < WORTH_COMPRESSING_BYTES) return response;
      }
    };
    let bytes = 0;
    for (const target of targets) bytes += (await fetchSettled(target)).body.length;
    expect(bytes).toBeLessThan(12_000);
  });
});
