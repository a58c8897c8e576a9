/**
 * Serves static `Response`s, the cheapest answers of Bun, for which none of our code runs.
 *
 *   bun run test/bench/static-server.ts DIR
 */
import { join } from "node:path";
import { REST_BODY, SIZED_FILES } from "./cases.ts";

const [directory = "."] = process.argv.slice(2);

const octets = { headers: { "Content-Type": "application/octet-stream" } };
const json = { headers: { "Content-Type": "application/json" } };
const files = SIZED_FILES.map(async ({ path }) => {
  const body = await Bun.file(join(directory, path)).bytes();
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
