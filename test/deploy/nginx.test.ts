import { expect, setDefaultTimeout, test } from "bun:test";
import { blockWith, readDocument } from "../helpers/documents.ts";
import { runNginx } from "../helpers/nginx.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { freePort, untilAnswers } from "../helpers/program.ts";
import { request } from "../helpers/raw-http.ts";
import { findProgram } from "../helpers/system-program.ts";
import { makeTree } from "../helpers/tree.ts";
import { Instance } from "./instances.ts";
import { TARGETS, Visitors } from "./visitors.ts";

setDefaultTimeout(PATIENCE_MS);

const LINES = blockWith(readDocument("test/deploy/README.md"), "nginx", "upstream meerkats");
const NGINX = findProgram("nginx");

/** None, except by the one of them that was asked for another host. */
const COMPLAINTS = expect.stringMatching(/^(?:meerkat: .*--allow-host other\.example\n)?$/);

/** The lines for operators, with ports of our own. */
function configOf(port: number, servers: readonly number[]): string {
  const ports = new Map([["listen 80;", `listen 127.0.0.1:${port};`]]);
  servers.forEach((server, i) => ports.set(`127.0.0.1:${8001 + i} `, `127.0.0.1:${server} `));
  const [...places] = ports.keys();
  if (!places.every((place) => LINES.includes(place))) throw new Error(`not as it was: ${LINES}`);
  return [...ports].reduce((text, [place, ours]) => text.replace(place, ours), LINES);
}

test.skipIf(NGINX.isSkipped)(
  `nginx with the lines for operators before two instances that are restarted loses nothing${NGINX.reason}`,
  async () => {
    using tree = makeTree({ ...TARGETS.files, "nginx/": "" });
    const args = [tree.path, "--host", "127.0.0.1", "--allow-host", "www.example"];
    await using first = await Instance.start(args);
    await using second = await Instance.start(args);
    const port = await freePort();
    const lines = configOf(port, [first.port, second.port]);
    await using nginx = runNginx(tree.at("nginx"), lines);
    await untilAnswers(port, nginx.ended);
    const hosts = ["localhost", "www.example", "other.example"];
    const verdicts = hosts.map((Host) => request(port, "GET", "/rest", { Host }));
    expect((await Promise.all(verdicts)).map(({ status }) => status)).toEqual([200, 200, 421]);
    const below = await request(port, "GET", "/files/small.txt");
    expect([below.status, below.body.toString()]).toEqual([200, "small"]);

    const visitors = new Visitors({ port, requesters: 8, echoers: 8 });
    await visitors.more(100);
    for (const instance of [first, second]) {
      expect(await instance.restart()).toMatchObject({ exitCode: 0, stderr: COMPLAINTS });
      await visitors.more(100);
    }
    const visit = await visitors.end();
    expect(visit.losses).toEqual([]);
    expect(visit.goodbyes).toBeGreaterThan(0);
  },
);
