import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { request } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTestServer, useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const SECRET = "not for everybody";
const TOKEN = "a token";

const outside = useTree({ "secret.txt": SECRET });
const { tree, server } = useTestServer(() =>
  makeTree({
    "a.txt": "a",
    ".well-known/acme-challenge/x": TOKEN,
    ".well-known/assetlinks.json": TOKEN,
    ".well-known/pages/index.html": TOKEN,
    ".well-known/large.bin": Buffer.alloc(1536 * 1024, TOKEN),
    ".well-known/.env": SECRET,
    ".well-known/.git/config": SECRET,
    ".well-known/acme-challenge/.htaccess": SECRET,
    ".well-known/out.txt": { link: outside.at("secret.txt") },
    ".well-known/visible": { link: ".git" },
    ".env": SECRET,
    ".git/config": SECRET,
    // Names that only look like it.
    ".well-knowns/x": SECRET,
    ".well-know/x": SECRET,
    ".WELL-KNOWN/x": SECRET,
    "sub/.well-known/x": SECRET,
  }),
);

describe("A10 /.well-known/ at the root (RFC 8615 §3)", () => {
  test.each([
    "/.well-known/acme-challenge/x",
    "/.well-known/assetlinks.json",
    "/.well-known/large.bin",
    "/.well-known/pages/",
    "/%2ewell-known/assetlinks.json",
    "/%2E%77ell-known/acme-challenge/x",
    "//.well-known//assetlinks.json",
  ])("GET and HEAD %s are 200", async (target) => {
    // Twice, so that it comes from the cache too.
    for (const method of ["GET", "HEAD", "GET"]) {
      const response = await request(server.port, method, target);
      expect(response.status).toBe(200);
      if (method === "GET") expect(response.body.toString()).toStartWith(TOKEN);
    }
  });

  test.each([
    ["/.well-known/.env", "a dotfile in it"],
    ["/.well-known/%2eenv", "encoded"],
    ["/.well-known/.git/config", "a dot directory in it"],
    ["/.well-known/acme-challenge/.htaccess", "a dotfile deeper"],
    ["/.well-known/.well-known/assetlinks.json", "itself again"],
    ["/.well-known/out.txt", "a link to outside"],
    ["/.well-known/missing", "nothing"],
    ["/.well-known/", "a listing of it"],
    ["/.well-known/?format=json", "as JSON"],
    ["/.well-known/?archive=tar", "an archive of it"],
    ["/.well-known/acme-challenge/", "a listing below it"],
    ["/%2ewell-known/acme-challenge/?archive=tar", "an archive below it"],
    ["/sub/.well-known/x", "one deeper in the tree"],
    ["/.well-knowns/x", "a longer name"],
    ["/.well-know/x", "a shorter name"],
    ["/.WELL-KNOWN/x", "in other letters"],
    ["/.env", "every other dotfile"],
    ["/.git/config", "every other dot directory"],
    ["/.well-known/../.env", "by way of it"],
    ["/.well-known/%2e%2e/.env", "by way of it, encoded"],
  ])("GET %s is 404: %s", async (target) => {
    for (const method of ["GET", "HEAD"]) {
      const { status, body } = await request(server.port, method, target);
      expect(status).toBe(404);
      expect(body.toString()).not.toContain(SECRET);
      expect(body.toString()).not.toContain(TOKEN);
    }
  });

  test.each(["?format=text", "?format=json", "?format=html", "?archive=tar"])(
    "is not in /%s",
    async (search) => {
      const { status, body } = await request(server.port, "GET", `/${search}`);
      expect(status).toBe(200);
      expect(body.toString()).toContain("a.txt");
      expect(body.toString()).not.toContain("well-known");
    },
  );

  test("is listed and archived with --hidden", async () => {
    await using open = startTestServer({ directory: tree.path, hidden: true });
    const ask = async (target: string) => (await request(open.port, "GET", target)).body.toString();
    expect(await ask("/?format=text")).toContain(".well-known/\n");
    expect(await ask("/.well-known/?format=text")).toContain("assetlinks.json\n");
    expect(await ask("/.well-known/?archive=tar")).toContain(TOKEN);
    expect(await ask("/.well-known/.env")).toBe(SECRET);
  });
});
