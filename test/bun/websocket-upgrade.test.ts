import { expect } from "bun:test";
import { exchange, field, type RawResponse } from "../helpers/raw-http.ts";
import { formatHandshake } from "../helpers/raw-websocket.ts";
import { BARE, serveWebSockets } from "./bare-server.ts";
import { probe } from "./probe.ts";

type Fields = Parameters<typeof formatHandshake>[1];

/** What a bare server answers to a handshake with these fields. */
async function shake(fields: Fields, body = ""): Promise<RawResponse | undefined> {
  using server = serveWebSockets();
  const { responses } = await exchange(server.port, formatHandshake("/", fields) + body);
  return responses[0];
}

probe("upgrade-version", async () => {
  const response = await shake({ "Sec-WebSocket-Version": "8" });
  expect(response?.status).toBe(426);
  expect(response && field(response, "upgrade")).toBeUndefined();
});

probe("upgrade-connection", async () => {
  expect((await shake({ Connection: undefined }))?.status).toBe(101);
});

probe("upgrade-body", async () => {
  expect((await shake({ "Content-Length": "5" }, "hello"))?.status).toBe(101);
});

probe("upgrade-extensions", async () => {
  expect((await shake({ "Sec-WebSocket-Extensions": "a=;;b" }))?.status).toBe(101);
});

probe("upgrade-key", async () => {
  // 16 bytes have no digit here that ends in anything but four zeros.
  const response = await shake({ "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZB==" });
  expect(response?.status).toBe(101);
});

probe("upgrade-subprotocol", async () => {
  const offer = { "Sec-WebSocket-Protocol": "(no token, chat" };
  const response = await shake(offer);
  expect(response && field(response, "sec-websocket-protocol")).toBe("(no token");
  const headers = { "Sec-WebSocket-Protocol": "" };
  await using server = Bun.serve({
    ...BARE,
    fetch: (asked, self) => (self.upgrade(asked, { headers }) ? undefined : new Response("no")),
    websocket: { message: () => undefined },
  });
  const { responses } = await exchange(server.port ?? 0, formatHandshake("/", offer));
  expect(responses.map(({ status }) => status)).toEqual([101]);
  const named = responses.map((answer) => field(answer, "sec-websocket-protocol"));
  expect(named).toEqual([undefined]);
});

probe("upgraded-no-address", async () => {
  const addresses: unknown[] = [];
  await using server = Bun.serve({
    ...BARE,
    fetch(asked, self) {
      addresses.push(self.requestIP(asked)?.address);
      self.upgrade(asked);
      addresses.push(self.requestIP(asked)?.address);
    },
    websocket: { message: () => undefined },
  });
  await exchange(server.port ?? 0, formatHandshake());
  expect(addresses).toEqual(["127.0.0.1", undefined]);
});
