import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { field, request } from "../helpers/raw-http.ts";
import { useTestServer } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const many = Array.from({ length: 3000 }, (_, index) => [`many/${index}.txt`, ""]);
const { server } = useTestServer({
  ...(Object.fromEntries(many) as Record<string, string>),
  "many/Needle 2999.md": "",
  "few/README.md": "# About",
  "few/Ärger.txt": "",
  "few/a&b=c+d#e?.txt": "",
  "few/below/file.txt": "",
});

const BROWSER = { Accept: "text/html" };

const get = (target: string, headers: Record<string, string> = {}) =>
  request(server.port, "GET", target, headers);

const namesOf = async (target: string) =>
  (await get(target)).body.toString().split("\n").slice(0, -1);

describe("E6 ?filter=", () => {
  test.each([
    ["/many/?format=text&filter=2999", ["2999.txt", "Needle 2999.md"]],
    ["/many/?format=text&filter=NEEDLE", ["Needle 2999.md"]],
    ["/many/?format=text&filter=2999&sort=name&order=desc", ["Needle 2999.md", "2999.txt"]],
    ["/many/?format=text&filter=2999&page=1", ["2999.txt", "Needle 2999.md"]],
    ["/many/?format=text&filter=2999.*", []],
    ["/few/?format=text&filter=arg", ["Ärger.txt"]],
    ["/few/?format=text&filter=a%CC%88rg", ["Ärger.txt"]],
    ["/few/?format=text&filter=a%26b%3Dc%2Bd%23e%3F", ["a&b=c+d#e?.txt"]],
    ["/few/?format=text&filter=w/", ["below/"]],
  ])("%s has %j", async (target, names) => {
    expect(await namesOf(target)).toEqual(names);
  });

  test("JSON counts what matches, and its Link fields keep the filter", async () => {
    const response = await get("/many/?format=json&filter=.txt&page=2");
    const listing = JSON.parse(response.body.toString()) as Record<string, unknown>;
    expect(listing).toMatchObject({ filter: ".txt", page: 2, pages: 3, total: 3000, files: 3000 });
    expect(field(response, "link")).toContain('filter=.txt&page=3&format=json>; rel="next"');
    const whole = JSON.parse((await get("/many/?format=json&filter=2999")).body.toString());
    expect(whole).toMatchObject({ filter: "2999", total: 2, entries: [{ name: "2999.txt" }, {}] });
  });

  test("HTML for programs has what matches", async () => {
    const html = (await get("/many/?filter=needle")).body.toString();
    expect(html.match(/<a href="[^"]*">/g)).toEqual(['<a href="Needle%202999.md">']);
  });

  test("a page for browsers has what matches of all pages, and its validator answers 304", async () => {
    const response = await get("/many/?filter=needle", BROWSER);
    expect(response.body.toString()).toContain("Needle%202999.md");
    const etag = field(response, "etag") ?? "";
    const again = await get("/many/?filter=needle", { ...BROWSER, "If-None-Match": etag });
    expect(again.status).toBe(304);
    const other = await get("/many/?filter=needles", { ...BROWSER, "If-None-Match": etag });
    expect(other.status).toBe(200);
  });

  test("a page that is filtered has no README below", async () => {
    expect((await get("/few/", BROWSER)).body.toString()).toContain("<article");
    expect((await get("/few/?filter=readme", BROWSER)).body.toString()).not.toContain("<article");
  });
});
