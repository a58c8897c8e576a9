import { expect } from "bun:test";
import { once } from "node:events";
import { exchange, formatRequest } from "../helpers/raw-http.ts";
import { connectTo } from "../helpers/transport.ts";
import { serve, untilSeen } from "./bare-server.ts";
import { probe } from "./probe.ts";

/** The body of the answer to these bytes, and its status where it has none. */
async function ask(port: number, bytes: string): Promise<string> {
  const { responses } = await exchange(port, bytes);
  return responses.map(({ status, body }) => body.toString() || String(status)).join();
}

/** Answers with the URL as it was handed over. */
const tellUrl = ({ url }: Request) => new Response(JSON.stringify(url));

const get = (target: string, fields: string, version = "1.1") =>
  `GET ${target} HTTP/${version}\r\n${fields}\r\n`;

probe("target-normalised", async () => {
  using server = serve(tellUrl);
  const url = await ask(server.port, get("/a/../b\\c?q=\xc3\xa9", "Host: localhost\r\n"));
  expect(JSON.parse(url)).toBe("http://localhost/b/c?q=%C3%A9");
});

probe("target-raw", async () => {
  using server = serve(tellUrl);
  const target = "/a/../b\\c?q=\xc3\xa9";
  const urlFor = async (fields: string, version?: string) =>
    JSON.parse(await ask(server.port, get(target, fields, version)));
  expect(await urlFor("Host: a/b\r\n")).toBe("/a/../b\\c?q=é");
  expect(await urlFor("Host: a:99999\r\n")).toBe("http://a:99999/a/../b\\c?q=é");
  expect(await urlFor("", "1.0")).toBe("/a/../b\\c?q=é");
});

probe("fragment-kept", async () => {
  using server = serve(tellUrl);
  const url = await ask(server.port, get("/a#b?c", "Host: localhost\r\n"));
  expect(JSON.parse(url)).toBe("http://localhost/a#b?c");
});

probe("fields-joined", async () => {
  using server = serve(
    ({ headers }) => new Response(`${headers.get("host")}; ${headers.get("authorization")}`),
  );
  const fields = "Host: a\r\nHost: b\r\nAuthorization: c\r\nAuthorization: d\r\n";
  expect(await ask(server.port, get("/", fields))).toBe("a, b; c, d");
});

probe("host-required", async () => {
  using server = serve(({ headers }) => new Response(String(headers.get("host"))));
  expect(await ask(server.port, get("/", ""))).toBe("400");
  expect(await ask(server.port, get("/", "", "1.0"))).toBe("null");
});

probe("connect-tunnel", async () => {
  using server = serve(({ method }) => new Response(method));
  const answersAfter = async (method: string, target: string) => {
    const socket = connectTo(server.port);
    let received = "";
    socket.on("data", (data) => (received += data.toString()));
    socket.write(formatRequest(method, target));
    await once(socket, "data");
    socket.write(formatRequest("GET", "/"));
    await untilSeen(server);
    socket.destroy();
    return received.match(/HTTP\/1\.1 200 /g)?.length;
  };
  expect(await answersAfter("GET", "/")).toBe(2);
  expect(await answersAfter("CONNECT", "a:1")).toBe(1);
});
