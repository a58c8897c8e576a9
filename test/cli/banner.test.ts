import { expect, test } from "bun:test";
import { renderBanner, type BannerFacts } from "../../src/cli/banner.ts";

const FACTS: BannerFacts = {
  host: "localhost",
  port: 8000,
  socketPath: undefined,
  directory: "/srv/www",
  busyPort: undefined,
  scarceConnections: undefined,
  interfaces: {},
  certificate: undefined,
  isOnLoopback: true,
  workers: 1,
  colour: false,
};

const LAN = {
  address: "192.168.7.5",
  netmask: "255.255.255.0",
  family: "IPv4",
  mac: "00:00:00:00:00:00",
  internal: false,
  cidr: "192.168.7.5/24",
} as const;

test("renderBanner() begins with the WebSocket and lists the true URLs", () => {
  expect(renderBanner(FACTS)).toBe(
    `Starting WS listener on ws://localhost:8000/websocket
  Index      http://localhost:8000/  (/srv/www)
  Test page  http://localhost:8000/test.html
  REST       http://localhost:8000/rest
`,
  );
});

test.each([
  ["127.0.0.1", "http://127.0.0.1:8000/"],
  ["::1", "http://[::1]:8000/"],
  ["0.0.0.0", "http://localhost:8000/"],
  ["::", "http://localhost:8000/"],
])("renderBanner() of --host %s shows %s", (host, url) => {
  expect(renderBanner({ ...FACTS, host })).toContain(url);
});

test("renderBanner() shows LAN addresses only if they are bound", () => {
  const interfaces = { eth0: [LAN], lo: [{ ...LAN, address: "127.0.0.1", internal: true }] };
  expect(renderBanner({ ...FACTS, interfaces })).not.toContain(LAN.address);
  const banner = renderBanner({ ...FACTS, interfaces, host: "0.0.0.0" });
  expect(banner).toContain("  Network    http://192.168.7.5:8000/\n");
  expect(banner).not.toContain("127.0.0.1");
});

test("renderBanner() says how many workers there are", () => {
  expect(renderBanner({ ...FACTS, workers: 4 })).toContain("\n  Workers    4\n");
});

test("renderBanner() says which port was busy", () => {
  const banner = renderBanner({ ...FACTS, port: 8001, busyPort: 8000 });
  expect(banner).toStartWith("Port 8000 is in use, so this is 8001.\nStarting WS listener on");
});

test("renderBanner() says wss and https where connections are encrypted, and the fingerprint of a certificate made for it", () => {
  const certificate = { fingerprint: "AB:CD", isOwn: true };
  const facts = { ...FACTS, host: "0.0.0.0", interfaces: { eth0: [LAN] }, isOnLoopback: false };
  expect(renderBanner({ ...facts, certificate })).toBe(
    `Starting WS listener on wss://localhost:8000/websocket
  Index      https://localhost:8000/  (/srv/www)
  Test page  https://localhost:8000/test.html
  REST       https://localhost:8000/rest
  Network    https://192.168.7.5:8000/
  SHA-256    AB:CD
`,
  );
  const filed = renderBanner({ ...facts, certificate: { ...certificate, isOwn: false } });
  expect(filed).not.toContain("SHA-256");
});

test("renderBanner() hints at --tls where others can connect in the clear", () => {
  expect(renderBanner(FACTS)).not.toContain("--tls");
  expect(renderBanner({ ...FACTS, isOnLoopback: false })).toEndWith(
    "\n  Others on the network can read what is sent; --tls encrypts it.\n",
  );
});

test("renderBanner() colours links only if asked, and never obeys a directory's name", () => {
  expect(renderBanner(FACTS)).not.toContain("\x1b");
  expect(renderBanner({ ...FACTS, colour: true })).toContain(
    "\x1b[36mhttp://localhost:8000/\x1b[39m",
  );
  expect(renderBanner({ ...FACTS, directory: "/a\x1b[2J\n\u202eb" })).toContain("(/a�[2J��b)");
});

test("renderBanner() says when few WebSockets are possible, and what to do", () => {
  expect(renderBanner({ ...FACTS, scarceConnections: 192 })).toEndWith(
    "\nAt most 192 WebSockets at a time: the limit of open files allows no more; raise it with ulimit -n.\n",
  );
});

test("renderBanner() of a Unix socket says how to reach it", () => {
  const facts = { ...FACTS, port: undefined, socketPath: "/run/x.sock" };
  expect(renderBanner(facts)).toBe(
    `Starting WS listener on ws+unix:/run/x.sock:/websocket
  Index      curl --unix-socket /run/x.sock http://localhost/  (/srv/www)
  REST       curl --unix-socket /run/x.sock http://localhost/rest
`,
  );
  const odd = { ...facts, socketPath: "/run/it's $HOME\x1b[2J" };
  expect(renderBanner(odd)).toContain(`curl --unix-socket '/run/it'\\''s $HOME�[2J' http:`);
});
