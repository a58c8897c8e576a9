import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { listDescriptors } from "../../src/system/descriptors.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import {
  CONGESTION,
  IS_LISTENER,
  KEEP_ALIVE,
  readOption,
  SEND_BUFFER,
  UNSENT,
  USER_TIMEOUT,
} from "../helpers/socket-option.ts";
import { startTestServer } from "../helpers/test-server.ts";

setDefaultTimeout(PATIENCE_MS);

/** The listening sockets that a server adds to this process's. */
async function withListeners(host: string, look: (listeners: number[]) => void): Promise<void> {
  const before = new Set(listListeners());
  await using _server = startTestServer({ host });
  look(listListeners().filter((descriptor) => !before.has(descriptor)));
}

function listListeners(): number[] {
  return listDescriptors().filter(
    (descriptor) => readOption(descriptor, IS_LISTENER)?.readInt32LE() === 1,
  );
}

/** The kernel takes no more than the system allows, and doubles it: socket(7). */
function sendBufferBytes(): number {
  const most = Number(readFileSync("/proc/sys/net/core/wmem_max", "utf8"));
  return 2 * Math.min(512 * 1024, most);
}

const isLinux = process.platform === "linux";

test.skipIf(!isLinux).each(["127.0.0.1", "::1", "localhost", "::ffff:127.0.0.1"])(
  "tuneListeners() bounds what is sent at once and does without pacing on %s",
  async (host) => {
    await withListeners(host, (listeners) => {
      expect(listeners.length).toBe(host === "localhost" ? 2 : 1);
      for (const listener of listeners) {
        expect(readOption(listener, SEND_BUFFER)?.readInt32LE()).toBe(sendBufferBytes());
        expect(readOption(listener, CONGESTION)?.toString()).toStartWith("reno\0");
      }
    });
  },
);

test.skipIf(!isLinux).each(["0.0.0.0", "::"])(
  "tuneListeners() bounds what waits unsent, and no more, on %s",
  async (host) => {
    await withListeners(host, (listeners) => {
      expect(listeners.length).toBe(1);
      for (const listener of listeners) {
        expect(readOption(listener, UNSENT)?.readInt32LE()).toBe(128 * 1024);
        expect(readOption(listener, SEND_BUFFER)?.readInt32LE()).not.toBe(sendBufferBytes());
      }
    });
  },
);

test.skipIf(!isLinux).each(["127.0.0.1", "0.0.0.0", "::"])(
  "C6 tuneListeners() has the kernel give up a vanished peer within two minutes on %s",
  async (host) => {
    await withListeners(host, (listeners) => {
      for (const listener of listeners) {
        expect(readOption(listener, USER_TIMEOUT)?.readInt32LE()).toBe(100_000);
        expect(readOption(listener, KEEP_ALIVE)?.readInt32LE()).toBe(1);
      }
    });
  },
);

const SYSTEM = `${import.meta.dir}/../../src/system`;

/** Listens, takes every descriptor that there is, and then looks for the listener. */
const OUT_OF_DESCRIPTORS = `
  import { openSync } from "node:fs";
  import { SocketCalls } from "${SYSTEM}/socket-calls.ts";
  import { listListeners } from "${SYSTEM}/socket-options.ts";
  const calls = SocketCalls.open();
  Bun.serve({ port: 0, fetch: () => new Response() });
  try {
    for (;;) openSync("/dev/null");
  } catch {}
  console.log(listListeners(calls).length);
  process.exit();
`;

test.skipIf(!isLinux)("listListeners() finds them where no descriptor is left for a look", () => {
  const command = ["sh", "-c", `ulimit -n 64; exec "$0" -e "$1"`, process.execPath];
  const { stdout, stderr } = Bun.spawnSync([...command, OUT_OF_DESCRIPTORS]);
  expect([stdout.toString(), stderr.toString()]).toEqual(["1\n", ""]);
});
