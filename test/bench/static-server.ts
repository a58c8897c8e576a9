/** A Bun server of static responses for the files of a directory; prints its port. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FILES } from "./peers.ts";

const [directory = "."] = process.argv.slice(2);

const octets = { headers: { "Content-Type": "application/octet-stream" } };
const json = { headers: { "Content-Type": "application/json" } };
const files = Object.keys(FILES).map(
  (name) => [`/${name}`, new Response(readFileSync(join(directory, name)), octets)] as const,
);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  routes: Object.fromEntries([...files, ["/rest", new Response('{"result":123}\n', json)]]),
  fetch: () => new Response("Not Found\n", { status: 404 }),
});
console.log(`port ${server.port}`);
