import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readlinkSync, rmSync, statSync, utimesSync } from "node:fs";
import type { Socket } from "node:net";
import { Http2Connection } from "../helpers/http2-connection.ts";
import { KeepAlive } from "../helpers/keep-alive.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { exchange, field, formatRequest, request, type RawResponse } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { connectTo, TRANSPORT } from "../helpers/transport.ts";
import { makeTree, type Content } from "../helpers/tree.ts";
import { useTestServer, useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const PIP =
  "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

/** More than a page. */
const MANY = 1500;
/** More than are sorted, with names so long that no socket takes all of it at once. */
const VAST = 10_100;

const outside = useTree({ "secret.txt": "outside" });
const { tree, server } = useTestServer(() =>
  makeTree({
    ...files("many", MANY, (index) => `package-${index}.txt`),
    "many/README.md": "# Read me",
    "many/below/deeper/z.txt": "z",
    "many/out": { link: outside.at("secret.txt") },
    "many/out-directory": { link: outside.path },
    "many/dangling": { link: "nowhere" },
    "many/in": { link: "below" },
    "many/.hidden": "",
    "few/a.txt": "a".repeat(1234),
    "few/b/": "",
    "indexed/index.html": "<p>mine",
    "empty/": "",
    ...Object.fromEntries(
      Array.from({ length: 15 }, (_, index) =>
        Object.entries(files(`fifteen/${index}`, 400, (each) => `an entry of 400, ${each}.txt`)),
      ).flat(),
    ),
  }),
);

beforeAll(() => {
  utimesSync(tree.at("few/a.txt"), Date.UTC(2026, 10, 27, 20, 3, 59) / 1000, 1_795_809_839);
});

function files(
  directory: string,
  count: number,
  nameOf: (index: number) => string,
): Record<string, Content> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${directory}/${nameOf(index)}`, `${index}`]),
  );
}

function get(target: string, accept: string | undefined, fields = {}): Promise<RawResponse> {
  const acceptField = accept === undefined ? {} : { Accept: accept };
  return request(server.port, "GET", target, { ...acceptField, ...fields });
}

/** The links of a page of HTML, whatever they are of. */
function linksIn(response: RawResponse): string[] {
  const html = response.body.toString();
  return Array.from(html.matchAll(/(?:href|src|action)="([^"]*)"/g), ([, link = ""]) => link);
}

/** README.md, in, below, and what is not there is not shown. */
const TOTAL = MANY + 3;

describe("B1 a directory of 1,500 is listed to a program as a whole", () => {
  test.each([
    [undefined],
    ["*/*"],
    [PIP],
    ["image/png, image/*;q=0.8"],
    ["text/*"],
    ["text/html;q=0.5, image/png"],
  ])("in HTML, with Accept: %s", async (accept) => {
    const response = await get("/many/", accept);
    expect([response.status, field(response, "content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(field(response, "vary")).toStartWith("Accept");
    const links = linksIn(response);
    expect(links).toHaveLength(TOTAL);
    expect(links.slice(0, 4)).toEqual(["below/", "in/", "package-0.txt", "package-1.txt"]);
    expect(new Set(links).size).toBe(TOTAL);
  });

  test.each([
    ["/many/", "text/plain"],
    ["/many/", "text/plain, */*;q=0.5"],
    ["/many/?format=text", "*/*"],
    ["/many/?format=text", BROWSER],
    ["/many/?format=text&page=0", undefined],
  ])("in text, from %s with Accept: %s", async (target, accept) => {
    const response = await get(target, accept);
    expect(field(response, "content-type")).toBe("text/plain; charset=utf-8");
    const names = response.body.toString().split("\n");
    expect(names).toHaveLength(TOTAL + 1);
    expect(names.slice(0, 3)).toEqual(["below/", "in/", "package-0.txt"]);
    expect(names.slice(-3)).toEqual(["package-1499.txt", "README.md", ""]);
    expect(field(response, "link")).toBeUndefined();
  });

  test.each([
    ["/many/", "application/json"],
    ["/many/", "application/json, text/plain, */*"],
    ["/many/?format=json", BROWSER],
  ])("in JSON, from %s with Accept: %s", async (target, accept) => {
    const response = await get(target, accept);
    expect(field(response, "content-type")).toBe("application/json");
    const { entries, ...facts } = JSON.parse(response.body.toString());
    expect(entries).toHaveLength(TOTAL);
    expect(facts).toEqual({
      path: "/many/",
      sort: "name",
      order: "asc",
      page: 1,
      pages: 1,
      total: TOTAL,
      directories: 2,
      files: MANY + 1,
    });
    expect(field(response, "link")).toBeUndefined();
  });

  test("in the order that it asks for", async () => {
    const names = async (query: string) =>
      (await get(`/many/?${query}`, "text/plain")).body.toString().split("\n").slice(0, -1);
    const byName = await names("");
    expect(await names("order=desc")).toEqual([
      ...["in/", "below/"],
      ...byName.slice(2).toReversed(),
    ]);
    // README.md has 9 bytes, the others 1 to 4.
    expect((await names("sort=size")).slice(0, 4)).toEqual([
      ...["below/", "in/", "README.md"],
      "package-1000.txt",
    ]);
    expect((await names("sort=size&order=asc")).at(-1)).toBe("README.md");
  });

  test("and in pages if it asks for one, in every form", async () => {
    const plain = await get("/many/?page=2", "*/*");
    expect(linksIn(plain)).toHaveLength(TOTAL - 1000);
    expect(field(plain, "link")).toBeUndefined();
    const text = await get("/many/?page=2", "text/plain");
    expect(text.body.toString().split("\n")).toHaveLength(TOTAL - 1000 + 1);
    expect(field(text, "link")).toContain('rel="prev"');
    const json = await get("/many/?page=1", "application/json");
    expect(JSON.parse(json.body.toString())).toMatchObject({ page: 1, pages: 2, total: TOTAL });
    expect(field(json, "link")).toContain('rel="next"');
  });

  test("while a browser gets a page of 1,000", async () => {
    const response = await get("/many/", BROWSER);
    expect(response.body.toString().match(/<tr><td>/g)).toHaveLength(1000);
    expect(response.body.toString()).toContain('<article lang="" dir="auto">');
  });
});

describe("B2 a listing for a program leads to its entries and nowhere else", () => {
  test.each([["/many/"], ["/few/"], ["/empty/"], ["/many/below/"], ["/many/?page=1"]])(
    "%s",
    async (target) => {
      const response = await get(target, "*/*");
      for (const link of linksIn(response)) expect(link).toMatch(/^[^/?#:]+\/?$/);
      expect(response.body.toString()).not.toMatch(/<(?:link|script|meta http|form|img|article)/);
    },
  );

  test("with time and size in the columns that rclone and lftp read, in UTC and bytes", async () => {
    const [, , ...lines] = (await get("/few/", "*/*")).body.toString().split("\n");
    expect(lines[0]).toMatch(/^<a href="b\/">b\/<\/a> \d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d -$/);
    expect(lines.slice(1)).toEqual([
      '<a href="a.txt">a.txt</a> 27-Nov-2026 20:03 1234',
      "</pre></body></html>",
      "",
    ]);
  });
});

describe("up to 1,000 entries a program gets", () => {
  test.each([["*/*"], ["text/plain"], ["application/json"]])(
    "a length and an ETag, and 304: %s",
    async (accept) => {
      const response = await get("/few/", accept);
      expect(field(response, "content-length")).toBe(String(response.body.length));
      const etag = field(response, "etag") ?? "";
      const again = await get("/few/", accept, { "If-None-Match": etag });
      expect([again.status, field(again, "etag")]).toEqual([304, etag]);
      expect(field(again, "vary")).toBe(field(response, "vary"));
    },
  );

  test.skipIf(TRANSPORT === "http2")("fifteen answers of 400 each, asked for ahead", async () => {
    for (const accept of ["*/*", "text/plain", "application/json"]) {
      const bytes = Array.from({ length: 15 }, (_, index) =>
        formatRequest("GET", `/fifteen/${index}/`, { Accept: accept }),
      );
      const methods = bytes.map(() => "GET");
      const { responses, closed } = await exchange(server.port, bytes.join(""), methods);
      expect([responses.length, closed]).toEqual([15, false]);
      for (const { body } of responses) {
        expect(body.toString().match(/(?:"name":"|>|^)an entry of 400/gm)).toHaveLength(400);
      }
    }
  });
});

describe("HEAD of a listing for a program", () => {
  test.each([
    ["/many/", "*/*", "text/html; charset=utf-8"],
    ["/few/", undefined, "text/html; charset=utf-8"],
    ["/few/", "application/json", "application/json"],
    ["/few/?format=text", "*/*", "text/plain; charset=utf-8"],
    ["/many/?page=2", "*/*", "text/html; charset=utf-8"],
  ])("says of %s what it is, and makes up no length: %s", async (target, accept, type) => {
    const fields = accept === undefined ? {} : { Accept: accept };
    const head = await request(server.port, "HEAD", target, fields);
    expect([head.status, field(head, "content-type")]).toEqual([200, type]);
    expect([field(head, "content-length"), field(head, "etag")]).toEqual([undefined, undefined]);
    expect(field(head, "vary")).toStartWith("Accept");
    expect(field(head, "content-security-policy")).toBeDefined();
  });

  test("does not read it", async () => {
    using other = makeTree({ "directory/file.txt": "" });
    await using itsServer = startTestServer({ directory: other.path });
    // Where times of access are kept, an old one is renewed by whatever reads the directory.
    const path = other.at("directory");
    utimesSync(path, 1_000_000_000, 1_700_000_000);
    await request(itsServer.port, "HEAD", "/directory/");
    await request(itsServer.port, "HEAD", "/directory/?format=json&sort=size", { Accept: "*/*" });
    expect(statSync(path).atimeMs).toBe(1_000_000_000_000);
  });

  test("is that of index.html where there is one, and of no directory 404", async () => {
    const head = await request(server.port, "HEAD", "/indexed/");
    expect(field(head, "content-length")).toBe("7");
    expect((await request(server.port, "HEAD", "/nowhere/")).status).toBe(404);
    await using closed = startTestServer({ directory: tree.path, index: false });
    expect((await request(closed.port, "HEAD", "/few/")).status).toBe(404);
  });

  test.skipIf(TRANSPORT === "http2")("a hundred of them, asked for ahead", async () => {
    const targets = Array.from({ length: 100 }, (_, index) =>
      ["/many/", "/few/", `/fifteen/${index % 15}/`].at(index % 3),
    );
    const bytes = targets.map((target = "") => formatRequest("HEAD", target)).join("");
    const methods = targets.map(() => "HEAD");
    const { responses, closed } = await exchange(server.port, bytes, methods);
    expect([responses.length, closed]).toEqual([100, false]);
    expect(responses.every(({ status }) => status === 200)).toBe(true);
  });
});

describe("a vast directory", () => {
  const longName = (index: number) => `${index} `.padEnd(200, "x");
  const { tree: vast, server: vastServer } = useTestServer(files("vast", VAST, longName));

  test("is listed whole, without a length, in the order of the directory", async () => {
    const response = await request(vastServer.port, "GET", "/vast/", { Accept: "text/plain" });
    expect(field(response, "content-length")).toBeUndefined();
    const names = response.body.toString().split("\n").slice(0, -1);
    const sorted = Array.from({ length: VAST }, (_, index) => longName(index));
    expect(names.toSorted()).toEqual(sorted.toSorted());
    const json = await request(vastServer.port, "GET", "/vast/?format=json");
    expect(JSON.parse(json.body.toString())).toMatchObject({ sort: null, total: VAST });
    const asked = await request(vastServer.port, "GET", "/vast/?format=text&sort=name");
    expect(asked.body.toString().split("\n").slice(0, -1)).toEqual(sorted);
  });

  test("is listed over a connection that then serves on", async () => {
    await using client = await KeepAlive.open(vastServer.port);
    for (let round = 0; round < 2; round++) {
      expect(linksIn(await client.get("/vast/"))).toHaveLength(VAST);
    }
  });

  /** Takes a little of a listing, and then no more. */
  async function begin(): Promise<Socket> {
    const socket = connectTo(vastServer.port);
    socket.on("error", () => undefined); // the end of a listing that was broken off
    socket.write(formatRequest("GET", "/vast/"));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    return socket;
  }

  const isOpen = (path: string) =>
    readdirSync("/proc/self/fd").some((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(path);
      } catch {
        return false; // the one that this look took
      }
    });
  const untilClosed = async (path: string) => {
    while (isOpen(path)) await new Promise((resolve) => setImmediate(resolve));
  };

  test.skipIf(process.platform !== "linux")("is let go of when the client goes away", async () => {
    const socket = await begin();
    expect(isOpen(vast.at("vast"))).toBe(true);
    socket.destroy();
    await untilClosed(vast.at("vast"));
    expect(vastServer.errors).toEqual([]);
  });

  // The last of these: it takes the directory away.
  test.skipIf(process.platform !== "linux")(
    "that can be read no more is broken off: what came never looks whole",
    async () => {
      const socket = await begin();
      rmSync(vast.at("vast"), { recursive: true });
      let received = Buffer.alloc(0);
      socket.on("data", (data) => (received = Buffer.concat([received, data as Buffer])));
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.resume();
      await closed;
      expect(received.subarray(-5).toString()).not.toBe("0\r\n\r\n");
      expect(vastServer.errors.map(String)).toEqual(["Error: the directory cannot be read"]);
      await untilClosed(vast.at("vast"));
    },
  );
});

test("over HTTP/2 a whole listing is whole, too", async () => {
  if (TRANSPORT !== "http2") return;
  await using connection = new Http2Connection(server.port);
  expect(linksIn(await connection.get("/many/"))).toHaveLength(TOTAL);
});
