import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freeFixedPort, runProgram } from "../helpers/program.ts";
import { REST_BODY, SMALL_PATH } from "./cases.ts";
import { installPackages } from "./npm.ts";
import { toPeer, type Peer } from "./peer.ts";
import type { Site } from "./site.ts";

/** A server that people use instead of ours. */
export interface OtherServer {
  readonly name: string;
  /** The name in tables. */
  readonly title: string;
  /** Starts it; `undefined` if it is not installed. */
  readonly start: (site: Site) => Promise<Peer | undefined>;
}

/** The files and the directories that a server works with. */
interface Place {
  readonly files: string;
  /** A directory for its own files. */
  readonly own: string;
  readonly port: number;
}

/** The servers, each set up to be as fast as it can be without a log. */
export const OTHER_SERVERS: readonly OtherServer[] = [
  debian("nginx", "nginx", (place) => {
    const config = written(place, "nginx.conf", nginxConfig(place));
    return ["-e", "stderr", "-p", place.own, "-c", config];
  }),
  debian("caddy", "Caddy", (place) => {
    const config = written(place, "Caddyfile", caddyConfig(place));
    return ["run", "--config", config, "--adapter", "caddyfile"];
  }),
  debian("lighttpd", "lighttpd", (place) => {
    return ["-D", "-f", written(place, "lighttpd.conf", lighttpdConfig(place))];
  }),
  npm("serve", "serve@14", ({ files, port }) => {
    return ["-L", "-n", "--no-port-switching", "-l", `tcp://127.0.0.1:${port}`, files];
  }),
  npm("http-server", "http-server@14", ({ files, port }) => {
    return [files, "-a", "127.0.0.1", "-p", String(port), "-s"];
  }),
  debian("python3", "`python -m http.server`", ({ files, port }) => {
    return ["-m", "http.server", String(port), "--bind", "127.0.0.1", "--directory", files];
  }),
];

/** The pause (ms) between questions whether a server is there. */
const POLL_MS = 20;

type ArgumentsOf = (place: Place) => readonly string[];

function debian(program: string, title: string, argumentsOf: ArgumentsOf): OtherServer {
  const start = async (site: Site) => {
    // Debian installs nginx and lighttpd in a directory that only root's PATH has.
    const path = Bun.which(program, { PATH: `${process.env["PATH"]}:/usr/sbin` });
    return path === null ? undefined : await run(program, [path], site, argumentsOf);
  };
  return { name: program, title, start };
}

function npm(name: string, spec: string, argumentsOf: ArgumentsOf): OtherServer {
  const start = async (site: Site) => {
    const directory = join(site.path, `npm-${name}`);
    mkdirSync(directory, { recursive: true });
    if (!(await installPackages(directory, [spec]))) return undefined;
    const program = ["node", join(directory, "node_modules/.bin", name)];
    return await run(name, program, site, argumentsOf);
  };
  return { name, title: `\`${name}\``, start };
}

async function run(
  name: string,
  program: readonly string[],
  { files, path }: Site,
  argumentsOf: ArgumentsOf,
): Promise<Peer> {
  const own = join(path, `own-${name}`);
  mkdirSync(own, { recursive: true }); // another part may have started it before
  const port = await freeFixedPort();
  // Some write a line for each request to stderr.
  const command = ["sh", "-c", 'exec "$0" "$@" >/dev/null 2>&1', ...program];
  const running = runProgram(argumentsOf({ files, own, port }), {
    command,
    env: { XDG_CONFIG_HOME: own, XDG_DATA_HOME: own }, // where Caddy writes
  });
  await untilServes(name, port, running.ended);
  return toPeer(name, running, port);
}

/** Resolves once a server answers, also in HTTP/1.0; rejects if its program ends before. */
async function untilServes(name: string, port: number, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  const url = `http://127.0.0.1:${port}${SMALL_PATH}`;
  const isServing = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isServing())) {
    if (isOver) throw new Error(`${name} ended before it answered`);
    await Bun.sleep(POLL_MS);
  }
}

function written({ own }: Place, name: string, text: string): string {
  const path = join(own, name);
  writeFileSync(path, text);
  return path;
}

/** Makes nginx fast: one worker, sendfile, cached descriptors. */
function nginxConfig({ files, own, port }: Place): string {
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${own}/${kind};`)
    .join("\n");
  return `daemon off; ${user} worker_processes 1; pid ${own}/pid; error_log stderr;
events { worker_connections 4096; }
http {
  access_log off; log_not_found off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=60s; default_type application/octet-stream; autoindex on;
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

function caddyConfig({ files, port }: Place): string {
  return `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  root * ${files}
  file_server browse
}
`;
}

/** Its number of requests for a connection is at most 65,535. */
function lighttpdConfig({ files, port }: Place): string {
  return `server.modules = ("mod_dirlisting", "mod_staticfile")
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${files}"
server.max-keep-alive-requests = 65535
dir-listing.activate = "enable"
mimetype.assign = (".bin" => "application/octet-stream", ".txt" => "text/plain")
`;
}
