import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { truncateSync } from "node:fs";
import { connect } from "node:net";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { formatRequest, HeadReader } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { connectSecurely } from "../helpers/transport.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const KIBIBYTE = 1024;

/**
 * From what the kernel takes for a client that reads nothing to more than that. Of some of them Bun
 * has read the whole file, and the end waits in a buffer of its own, which holds up to 256 KiB.
 */
const SIZES = Array.from({ length: 40 }, (_, index) => (768 + index * 96) * KIBIBYTE);

interface Download {
  readonly size: number;
  /** Reads on to the end; resolves with the length of the content that came. */
  readonly read: () => Promise<number>;
}

/** Asks for the beginning of a file, and reads nothing yet. */
async function ask(port: number, size: number, isSecure: boolean): Promise<Download> {
  const socket = isSecure ? connectSecurely(port) : connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.once(isSecure ? "secureConnect" : "connect", resolve));
  socket.pause();
  socket.write(formatRequest("GET", "/large.bin", { Range: `bytes=0-${size - 1}` }));
  const read = () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    let received = 0;
    let headBytes = 0;
    const reader = new HeadReader();
    socket.on("data", (data) => {
      const chunk = data as Buffer; // bytes, as no encoding is set
      if (headBytes === 0) headBytes = reader.take(chunk)?.head.length ?? 0;
      received += chunk.length;
    });
    socket.on("error", () => socket.destroy()); // shows in what has come
    socket.on("close", () => resolve(received - headBytes));
    socket.resume();
    return promise;
  };
  return { size, read };
}

describe("D4 a drain cuts no download short, and waits for none that is over,", () => {
  test.each([
    ["over TLS", true],
    ["without TLS", false],
  ])("%s", async (_name, isSecure) => {
    using tree = makeTree({ "large.bin": "" });
    truncateSync(tree.at("large.bin"), 16 * KIBIBYTE * KIBIBYTE);
    const tls = isSecure
      ? ({ kind: "own", ca: undefined, http2: false } as const)
      : ({ kind: "off" } as const);
    await using server = startTestServer({ directory: tree.path, tls, drainSeconds: 600 });
    const { port } = server;
    const downloads = await Promise.all(SIZES.map((size) => ask(port, size, isSecure)));
    // Once these are answered, the server has begun with all that came before.
    for (let count = 0; count < 20; count++) {
      const { status } = await fetch(`${isSecure ? "https" : "http"}://127.0.0.1:${port}/rest`, {
        tls: { rejectUnauthorized: false },
      });
      expect(status).toBe(200);
    }
    const stopped = server.stop();
    const lengths = await Promise.all(downloads.map(({ read }) => read()));
    expect(lengths).toEqual([...SIZES]);
    // Their connections are idle by now, and closed by the server.
    await stopped;
  });
});
