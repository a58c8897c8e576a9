import { expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { freePort, runProgram, untilAnswers } from "../helpers/program.ts";
import { request } from "../helpers/raw-http.ts";
import { findProgram } from "../helpers/system-program.ts";
import { makeTree } from "../helpers/tree.ts";
import { Instance } from "./instances.ts";
import { TARGETS, Visitors } from "./visitors.ts";

setDefaultTimeout(PATIENCE_MS);

const CONFIG = join(import.meta.dir, "haproxy.cfg");
const HAPROXY = findProgram("haproxy");

/** None, except by the one of them that was asked for another host. */
const COMPLAINTS = expect.stringMatching(/^(?:meerkat: .*--allow-host other\.example\n)?$/);

/** How HAProxy sees one of its servers, by the names of the columns. */
type Stats = Readonly<Record<string, string>>;

/** Asks it by its socket, as its management guide has it in §9.1 and §9.3. */
async function readStats(socketPath: string, server: string): Promise<Stats> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(socketPath, () => socket.write("show stat\n"));
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (data) => (text += String(data)));
  socket.on("error", reject);
  socket.on("end", () => resolve(text));
  const [head = [], ...rows] = (await promise).split("\n").map((line) => line.split(","));
  const row = rows.find((values) => values[1] === server) ?? [];
  return Object.fromEntries(head.map((name, index) => [name, row[index] ?? ""]));
}

test.skipIf(HAPROXY.isSkipped)(
  `HAProxy before three instances that are restarted one by one loses nothing${HAPROXY.reason}`,
  async () => {
    using tree = makeTree({ ...TARGETS.files, "sockets/": "" });
    const args = [tree.path, "--host", "127.0.0.1", "--allow-host", "www.example"];
    await using first = await Instance.start(args);
    await using second = await Instance.start(args);
    await using third = await Instance.start(args);
    const instances = [first, second, third];
    const port = await freePort();
    const stats = tree.at("sockets/stats");
    await using haproxy = runProgram([], {
      command: [HAPROXY.path, "-db", "-f", CONFIG],
      env: {
        MEERKAT_BIND: `127.0.0.1:${port}`,
        MEERKAT_STATS: stats,
        ...(process.getuid?.() === 0 ? {} : { MEERKAT_NO_ROOT: "1" }),
        ...Object.fromEntries(
          instances.map((it, i) => [`MEERKAT_${i + 1}`, `127.0.0.1:${it.port}`]),
        ),
      },
    });
    await untilAnswers(port, haproxy.ended);
    const hosts = ["localhost", "www.example", "other.example"];
    const verdicts = hosts.map((Host) => request(port, "GET", "/rest", { Host }));
    expect((await Promise.all(verdicts)).map(({ status }) => status)).toEqual([200, 200, 421]);

    const visitors = new Visitors({ port, requesters: 8, echoers: 8 });
    await visitors.more(100);
    for (const [index, instance] of instances.entries()) {
      expect(await instance.restart()).toMatchObject({ exitCode: 0, stderr: COMPLAINTS });
      const name = `meerkat-${index + 1}`;
      while ((await readStats(stats, name))["status"] !== "UP") await visitors.more(1);
      await visitors.more(100);
    }
    const visit = await visitors.end();
    expect(visit.losses).toEqual([]);
    expect(visit.goodbyes).toBeGreaterThan(0);
  },
);
