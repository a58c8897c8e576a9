import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { parseMetrics, type ParsedFamily } from "../helpers/prometheus.ts";
import { exchange, field, formatRequest, parseResponses, request } from "../helpers/raw-http.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";
import { startTestServer, type TestServer } from "../helpers/test-server.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const tree = useTree({
  "a.txt": "hello",
  "large.bin": Buffer.alloc(2 << 20),
  ".meerkat/metrics": "a file that is none of ours",
});

const start = (metrics = true) => startTestServer({ directory: tree.path, metrics });

describe("/.meerkat/health", () => {
  test.each([true, false])("is 200, with metrics %p", async (metrics) => {
    await using server = start(metrics);
    const response = await request(server.port, "GET", "/.meerkat/health");
    expect(response.status).toBe(200);
    expect(response.body.toString()).toBe("ok\n");
    expect(field(response, "cache-control")).toBe("no-store");
    expect(field(response, "content-type")).toBe("text/plain; charset=utf-8");
  });

  test.each([
    ["HEAD", 200],
    ["OPTIONS", 204],
    ["POST", 405],
  ])("%s is %i", async (method, status) => {
    await using server = start();
    expect((await request(server.port, method, "/.meerkat/health")).status).toBe(status);
  });

  test("is 503 while shutting down", async () => {
    const server = start();
    // A connection that is in the middle of a request is not cut off.
    const socket = connect(server.port, "127.0.0.1");
    const received: Buffer[] = [];
    socket.on("data", (data) => received.push(data as Buffer)); // bytes, as no encoding is set
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const bytes = formatRequest("GET", "/.meerkat/health");
    socket.write(bytes.slice(0, 20));
    // It was accepted before this one was answered, and read with it or before it.
    await request(server.port, "GET", "/rest");
    const stopped = server.stop();
    socket.write(bytes.slice(20));
    await closed;
    await stopped;
    const [response] = parseResponses(Buffer.concat(received), ["GET"]).responses;
    expect(response?.status).toBe(503);
    expect(response?.body.toString()).toBe("draining\n");
  });

  test("keeps the rule for Host, which no IP address breaks", async () => {
    await using server = start();
    const statusFor = async (host: string) =>
      (await request(server.port, "GET", "/.meerkat/health", { Host: host })).status;
    expect(await statusFor("10.0.0.7:8000")).toBe(200);
    expect(await statusFor("evil.example")).toBe(421);
    const bytes = "GET /.meerkat/health HTTP/1.0\r\n\r\n";
    expect((await exchange(server.port, bytes)).responses[0]?.status).toBe(200);
  });
});

describe("/.meerkat/metrics", () => {
  /** The sum of a family's samples, or one of them. */
  function total(families: ReadonlyMap<string, ParsedFamily>, name: string, labels = "") {
    const samples = families.get(name)?.samples ?? new Map<string, number>();
    if (labels !== "") return samples.get(`${name}{${labels}}`);
    return [...samples.values()].reduce((sum, value) => sum + value, 0);
  }

  async function read(server: TestServer) {
    const response = await request(server.port, "GET", "/.meerkat/metrics");
    expect(response.status).toBe(200);
    return parseMetrics(response.body.toString());
  }

  test("is 404 unless it is asked for, whatever the root has there", async () => {
    await using server = startTestServer({ directory: tree.path, hidden: true });
    const response = await request(server.port, "GET", "/.meerkat/metrics");
    expect(response.status).toBe(404);
    expect(response.body.toString()).toStartWith("404 Not Found");
  });

  test("is in the text format 0.0.4", async () => {
    await using server = start();
    const response = await request(server.port, "GET", "/.meerkat/metrics");
    expect(field(response, "content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(field(response, "cache-control")).toBe("no-store");
    expect(parseMetrics(response.body.toString()).size).toBeGreaterThan(10);
    expect((await request(server.port, "POST", "/.meerkat/metrics")).status).toBe(405);
  });

  test("adds up after a mix of requests", async () => {
    await using server = start();
    const mix = [
      ["GET", "/a.txt", {}],
      ["GET", "/a.txt", {}],
      ["GET", "/a.txt", { Range: "bytes=0-1" }],
      ["GET", "/a.txt", { "If-None-Match": "*" }],
      ["HEAD", "/a.txt", {}],
      ["GET", "/large.bin", { Range: "bytes=5-14" }],
      ["GET", "/large.bin", { Range: "bytes=9999999-" }],
      ["GET", "/nothing", {}],
      ["GET", "/", {}],
      ["GET", "/rest", {}],
      ["GET", "/rest?x", {}],
      ["POST", "/rest", {}],
      ["GET", "/websocket", {}],
      ["GET", "/.meerkat/health", {}],
      ["GET", "/.meerkat/index.css", {}],
      ["GET", "/a.txt", { Host: "evil.example" }],
    ] as const;
    let bytes = 0;
    const statuses = new Map<number, number>();
    for (const [method, target, fields] of mix) {
      const { status, body } = await request(server.port, method, target, fields);
      bytes += body.length;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    const families = await read(server);
    const requests = families.get("meerkat_requests_total")?.samples ?? new Map();
    expect(total(families, "meerkat_requests_total")).toBe(mix.length);
    for (const [status, count] of statuses) {
      const samples = [...requests].filter(([key]) => key.includes(`status="${status}"`));
      expect(samples.reduce((sum, [, value]) => sum + value, 0)).toBe(count);
    }
    expect(total(families, "meerkat_requests_total", 'route="/rest",status="200"')).toBe(2);
    expect(total(families, "meerkat_requests_total", 'route="/websocket",status="426"')).toBe(1);
    expect(total(families, "meerkat_requests_total", 'route="files",status="206"')).toBe(2);
    expect(total(families, "meerkat_response_bytes_total")).toBe(bytes);
    const durations = families.get("meerkat_request_duration_seconds")?.samples;
    expect(durations?.get("meerkat_request_duration_seconds_count")).toBe(mix.length);
    expect(total(families, "meerkat_cache_hits_total")).toBe(4);
    expect(total(families, "meerkat_cache_misses_total")).toBe(3);
    expect(total(families, "meerkat_cache_entries")).toBe(1);
    expect(total(families, "meerkat_cache_bytes")).toBeGreaterThan(5);
    expect(total(families, "process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
    // It counts itself, but only once it has been answered.
    const again = await read(server);
    expect(total(again, "meerkat_requests_total")).toBe(mix.length + 1);
  });

  test("counts WebSockets, their messages and bytes", async () => {
    await using server = start();
    const [one, other] = [
      await RawWebSocket.open(server.port),
      await RawWebSocket.open(server.port),
    ];
    one.send(OPCODE.text, "héllo");
    one.send(OPCODE.binary, Buffer.alloc(10));
    other.send(OPCODE.text, "");
    for (const socket of [one, one, other]) await socket.receive();
    const open = await read(server);
    expect(total(open, "meerkat_requests_total", 'route="/websocket",status="101"')).toBe(2);
    expect(total(open, "meerkat_websocket_connections")).toBe(2);
    expect(total(open, "meerkat_websocket_opened_total")).toBe(2);
    expect(total(open, "meerkat_websocket_messages_total")).toBe(3);
    expect(total(open, "meerkat_websocket_message_bytes_total")).toBe(16);
    one.send(OPCODE.close);
    await one.closed();
    const after = await read(server);
    expect(total(after, "meerkat_websocket_connections")).toBe(1);
    expect(total(after, "meerkat_websocket_opened_total")).toBe(2);
    other[Symbol.dispose]();
  });

  test("counts the times that a WebSocket fell behind", async () => {
    await using server = start();
    using socket = await RawWebSocket.open(server.port);
    socket.pause();
    const message = Buffer.alloc(1 << 20);
    for (let count = 0; count < 32; count++) socket.send(OPCODE.binary, message);
    let families = await read(server);
    while (total(families, "meerkat_websocket_paused") === 0) families = await read(server);
    expect(total(families, "meerkat_websocket_pauses_total")).toBeGreaterThan(0);
    expect(total(families, "meerkat_websocket_stalls_total")).toBe(0);
    socket.resume();
    for (let count = 0; count < 32; count++) await socket.receive();
    expect(total(await read(server), "meerkat_websocket_paused")).toBe(0);
  });
});
