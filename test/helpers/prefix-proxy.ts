import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A proxy that serves a server below a prefix, as nginx does with `location` and `proxy_pass`. */
export interface PrefixProxy extends AsyncDisposable {
  readonly origin: string;
}

/**
 * Starts such a proxy on loopback. All that it knows of HTTP is that a browser sends every request in a
 * segment of its own, which is enough for pages and WebSockets.
 *
 * @param prefix the prefix that it replaces by a slash, such as `/files/`
 */
export async function startPrefixProxy(port: number, prefix: string): Promise<PrefixProxy> {
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    for (const socket of [client, server]) {
      open.add(socket);
      socket
        .on("error", () => undefined)
        .on("close", () => {
          client.destroy();
          server.destroy();
          open.delete(socket);
        });
    }
    client.on("data", (data) => server.write(takeOff(prefix, data.toString("latin1")), "latin1"));
    server.pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port: own } = proxy.address() as AddressInfo; // it listens on TCP
  return {
    origin: `http://127.0.0.1:${own}`,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

/** Removes the prefix; a request outside it is sent to an address with nothing. */
function takeOff(prefix: string, segment: string): string {
  return segment.replace(/^([A-Z]+ )(\/\S*)/, (_, method: string, target: string) =>
    target.startsWith(prefix)
      ? `${method}/${target.slice(prefix.length)}`
      : `${method}/.outside-of-the-prefix`,
  );
}
