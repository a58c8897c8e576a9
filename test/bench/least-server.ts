/**
 * Answers with the least that any handler of Bun can do that reads its request: it reads all fields
 * once, checks Host, looks a kept body up, and answers with the fields of Meerkat. It knows a few
 * files, never looks at the disk, and takes every method for GET.
 *
 *   bun run test/bench/least-server.ts PORT-OF-MEERKAT
 */
import { MISSING_PATH, SIZED_FILES } from "./cases.ts";

interface Kept {
  readonly body: Blob;
  readonly init: { readonly status: number; readonly headers: Headers };
}

interface KeptFile extends Kept {
  readonly etag: string;
  readonly notModified: Kept["init"];
}

const [meerkat = ""] = process.argv.slice(2);

const files = new Map<string, KeptFile>();
for (const { path } of SIZED_FILES) files.set(path, await keepFile(path));
const missingPage = await keep(MISSING_PATH, { Accept: "text/html" });
const missingText = await keep(MISSING_PATH, { Accept: "*/*" });
const rest = await keep("/rest", {});
files.set("/rest", { ...rest, etag: "", notModified: rest.init });

async function keepFile(path: string): Promise<KeptFile> {
  const kept = await keep(path, {});
  const etag = kept.init.headers.get("etag") ?? "";
  const { init: notModified } = await keep(path, { "If-None-Match": etag });
  return { ...kept, etag, notModified };
}

/** Asks Meerkat for an answer and keeps it. */
async function keep(path: string, fields: Record<string, string>): Promise<Kept> {
  const answer = await fetch(`http://127.0.0.1:${meerkat}${path}`, { headers: fields });
  const headers = new Headers(answer.headers);
  headers.delete("Date"); // Bun adds its own
  const body = new Blob([await answer.bytes()]);
  return { body, init: { status: answer.status, headers } };
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  fetch(request) {
    const fields: Record<string, string | undefined> = request.headers.toJSON();
    if (fields["host"] !== host) return new Response(null, { status: 421 });
    const { url } = request;
    const kept = files.get(url.slice(url.indexOf("/", "http://".length)));
    if (kept === undefined) {
      const isPage = fields["accept"]?.includes("text/html") === true;
      const { body, init } = isPage ? missingPage : missingText;
      return new Response(body, init);
    }
    if (fields["if-none-match"] === kept.etag) return new Response(null, kept.notModified);
    return new Response(kept.body, kept.init);
  },
});
const host = `127.0.0.1:${server.port}`;
console.log(`port ${server.port}.`);
