import { expect } from "bun:test";
import { once } from "node:events";
import { makeOwnCertificate } from "../../src/server/tls/own-certificate.ts";
import { Http2Connection } from "../helpers/http2-connection.ts";
import { exchange, field, formatRequest, request } from "../helpers/raw-http.ts";
import { connectTo } from "../helpers/transport.ts";
import { BARE, serve } from "./bare-server.ts";
import { probe } from "./probe.ts";

const CHUNK = new Uint8Array(1024 * 1024);

probe("head-no-date", async () => {
  using server = serve(() => new Response("content"));
  expect(field(await request(server.port, "GET", "/"), "date")).toBeDefined();
  expect(field(await request(server.port, "HEAD", "/"), "date")).toBeUndefined();
});

probe("date-behind", async () => {
  let secondMs = 0;
  using server = serve(() => {
    // In the middle of a turn of the event loop a new second begins.
    Bun.sleepSync(1000 - (Date.now() % 1000) + 1);
    secondMs = Math.floor(Date.now() / 1000) * 1000;
    return new Response("content");
  });
  const response = await request(server.port, "GET", "/");
  expect(Date.parse(field(response, "date") ?? "")).toBeLessThan(secondMs);
});

probe("head-of-nothing", async () => {
  let isRead = false;
  const pull = () => void (isRead = true);
  const bodyOf = (url: string) =>
    url.endsWith("/stream") ? new ReadableStream({ pull }, { highWaterMark: 0 }) : null;
  using server = serve(({ url }) => new Response(bodyOf(url)));
  const lengthOf = async (target: string) =>
    field(await request(server.port, "HEAD", target), "content-length");
  expect(await lengthOf("/")).toBe("0");
  expect(await lengthOf("/stream")).toBeUndefined();
  expect(isRead).toBe(false);
});

probe("bytes-copied", async () => {
  using server = serve(() => {
    const content = new Uint8Array(1024 * 1024).fill(1);
    const response = new Response(content);
    content.fill(2);
    content.buffer.transfer(0);
    return response;
  });
  const { body } = await request(server.port, "GET", "/");
  expect(body.equals(Buffer.alloc(1024 * 1024, 1))).toBe(true);
});

probe("stream-no-length", async () => {
  const pull = async (controller: ReadableStreamDefaultController) => {
    controller.enqueue("helloworld");
    await new Promise((resolve) => setImmediate(resolve));
    controller.close();
  };
  const headers = { "Content-Length": "10" };
  using server = serve(() => new Response(new ReadableStream({ pull }), { headers }));
  const response = await request(server.port, "GET", "/");
  expect(response.body.toString()).toBe("helloworld");
  expect(field(response, "content-length")).toBeUndefined();
  expect(field(response, "transfer-encoding")).toBe("chunked");
});

probe("stream-failure-resets", async () => {
  using server = serve(() => {
    let pulls = 0;
    const pull = async (controller: ReadableStreamDefaultController) => {
      if (++pulls === 2) throw new Error("cannot be read");
      controller.enqueue(CHUNK);
    };
    return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
  });
  const { responses, closed } = await exchange(server.port, formatRequest("GET", "/"));
  expect([responses, closed]).toEqual([[], true]);
});

probe("stream-as-taken", async () => {
  const most = 64;
  let pulls = 0;
  const cancelled = Promise.withResolvers<void>();
  const pull = async (controller: ReadableStreamDefaultController) => {
    controller.enqueue(CHUNK);
    if (++pulls === most) controller.close();
  };
  const source = { pull, cancel: () => cancelled.resolve() };
  using server = serve(() => new Response(new ReadableStream(source, { highWaterMark: 0 })));
  const socket = connectTo(server.port);
  socket.pause();
  socket.write(formatRequest("GET", "/"));
  // Until it has not gone on for many turns of the event loop.
  for (let last = 0, still = 0; still < 100; last = pulls) {
    await new Promise((resolve) => setImmediate(resolve));
    still = pulls > 0 && pulls === last ? still + 1 : 0;
  }
  expect(pulls).toBeLessThan(most / 2);
  socket.destroy();
  await cancelled.promise;
});

probe("close-unsaid", async () => {
  using server = serve(() => new Response("content"));
  const fields = { Connection: "close" };
  const { responses, closed } = await exchange(
    server.port,
    formatRequest("GET", "/", fields) + formatRequest("GET", "/"),
    ["GET", "GET"],
  );
  expect([responses.length, closed]).toEqual([1, true]);
  expect(responses.map((response) => field(response, "connection"))).toEqual([undefined]);
});

probe("close-heeded", async () => {
  using server = serve(() => new Response("content", { headers: { Connection: "close" } }));
  const bytes = formatRequest("GET", "/").repeat(2);
  const { responses, closed } = await exchange(server.port, bytes, ["GET", "GET"]);
  expect([responses.length, closed]).toEqual([1, true]);
});

probe("close-over-http2", async () => {
  const tls = makeOwnCertificate({ hosts: [], nowMs: Date.now() });
  const fetch = () => new Response("content", { headers: { Connection: "close" } });
  await using server = Bun.serve({ ...BARE, tls, http2: true, fetch });
  await using connection = new Http2Connection(server.port ?? 0);
  for (let count = 0; count < 2; count++) {
    const response = await connection.get("/");
    expect(response.status).toBe(200);
    expect(field(response, "connection")).toBeUndefined();
  }
});

probe("answers-in-http-11", async () => {
  using server = serve(() => new Response("content"));
  const socket = connectTo(server.port);
  socket.write("GET / HTTP/1.0\r\n\r\n");
  const [data] = await once(socket, "data");
  expect(String(data)).toStartWith("HTTP/1.1 200 ");
  socket.destroy();
});
