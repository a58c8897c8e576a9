import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../helpers/program.ts";

import { REST_BODY, type Site } from "./cases.ts";
import { startPeer, toPeer, type Peer } from "./peer.ts";

/** Starts a Bun server of static `Response`s, which shows Bun's best, as it runs no code of ours. */
export function startStatic({ files }: Site): Promise<Peer> {
  const script = join(import.meta.dir, "static-server.ts");
  return startPeer("static", [process.execPath, "run", script, files]);
}

/** Starts nginx with one worker; `undefined` if it is not installed. */
export async function startNginx({ path, files }: Site): Promise<Peer | undefined> {
  // Debian installs nginx in a directory that only root's PATH has.
  const nginx = Bun.which("nginx", { PATH: `${process.env["PATH"]}:/usr/sbin` });
  if (nginx === null) return undefined;
  const port = await findFreePort();
  const prefix = join(path, "nginx");
  mkdirSync(prefix);
  const config = join(prefix, "nginx.conf");
  writeFileSync(config, nginxConfig({ files, prefix, port }));
  // nginx reports its start on stderr; with `exec` we keep its process id.
  const command = ["sh", "-c", 'exec "$0" "$@" 2>&1', nginx];
  const program = runProgram(["-e", "stderr", "-p", prefix, "-c", config], { command });
  await program.printed("start worker process");
  return toPeer("nginx", program, port);
}

interface NginxOptions {
  readonly files: string;
  readonly prefix: string;
  readonly port: number;
}

/** Returns a configuration that makes nginx fast: sendfile, cached descriptors, no log. */
function nginxConfig({ files, prefix, port }: NginxOptions): string {
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${prefix}/${kind};`)
    .join("\n");
  return `daemon off; ${user} worker_processes 1; pid ${prefix}/pid; error_log stderr notice;
events { worker_connections 4096; }
http {
  access_log off; log_not_found off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=60s; default_type application/octet-stream;
  ${temporary}
  server {
    listen 127.0.0.1:${port}; root ${files};
    location = /rest {
      default_type application/json; return 200 '${REST_BODY.replace("\n", "\\n")}';
    }
  }
}
`;
}

/** Finds a free port for nginx, which cannot report a port that it has chosen. */
async function findFreePort(): Promise<number> {
  using probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return probe.port;
}
