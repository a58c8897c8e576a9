import { dlopen, ptr } from "bun:ffi";
import { expect, test } from "bun:test";
import { listDescriptors } from "../../src/descriptors.ts";
import { startTestServer } from "../helpers/test-server.ts";

/** Linux's numbers, written down here once more: linux/tcp.h and asm-generic/socket.h. */
const SEND_BUFFER = [1, 7] as const;
const IS_LISTENER = [1, 30] as const;
const CONGESTION = [6, 13] as const;
const UNSENT = [6, 25] as const;

const GETSOCKOPT = { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" } as const;

/** An option of a socket as bytes; `undefined` for what is no socket. */
function readOption(descriptor: number, [level, name]: readonly [number, number]) {
  const { symbols } = dlopen("libc.so.6", { getsockopt: GETSOCKOPT });
  const bytes = Buffer.alloc(16);
  const length = Uint32Array.of(bytes.length);
  const outcome = symbols.getsockopt(descriptor, level, name, ptr(bytes), ptr(length));
  return outcome === 0 ? bytes.subarray(0, length[0]) : undefined;
}

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

const isLinux = process.platform === "linux";

test.skipIf(!isLinux).each(["127.0.0.1", "::1", "localhost", "::ffff:127.0.0.1"])(
  "tuneListeners() bounds what is sent at once and does without pacing on %s",
  async (host) => {
    await withListeners(host, (listeners) => {
      expect(listeners.length).toBe(host === "localhost" ? 2 : 1);
      for (const listener of listeners) {
        // The kernel doubles it: socket(7).
        expect(readOption(listener, SEND_BUFFER)?.readInt32LE()).toBe(2 * 128 * 1024);
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
        expect(readOption(listener, SEND_BUFFER)?.readInt32LE()).not.toBe(2 * 128 * 1024);
      }
    });
  },
);
