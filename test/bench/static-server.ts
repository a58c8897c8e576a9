/**
 * Serves static `Response`s, the cheapest answers of Bun, for which none of our code runs.
 *
 *   bun run test/bench/static-server.ts DIR
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { HUGE_PATH, REST_BODY } from "./cases.ts";

/** Larger files come from disk, as in our server; from memory they would cost more. */
const IN_MEMORY_BYTES = 1024 * 1024;

const [directory = "."] = process.argv.slice(2);

const octets = { headers: { "Content-Type": "application/octet-stream" } };
const json = { headers: { "Content-Type": "application/json" } };
const paths = readdirSync(directory).map((name) => `/${name}`);
const files = paths
  .filter((path) => path !== HUGE_PATH)
  .map(async (path) => {
    const file = Bun.file(join(directory, path));
    const body = file.size < IN_MEMORY_BYTES ? await file.bytes() : file;
    return [path, new Response(body, octets)] as const;
  });

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  routes: {
    ...Object.fromEntries(await Promise.all(files)),
    "/rest": new Response(REST_BODY, json),
  },
});
console.log(`port ${server.port}.`);
