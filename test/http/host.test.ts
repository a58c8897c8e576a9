import { describe, expect, test } from "bun:test";
import { parseConfig } from "../../src/cli/config.ts";
import {
  HostPolicy,
  isLocalhostName,
  isLoopbackAddress,
  misdirectedAdvice,
  parseHost,
  plainHostName,
} from "../../src/http/host.ts";

describe("parseHost() (RFC 9110 §7.2, RFC 3986 §3.2.2)", () => {
  test.each([
    "",
    " ",
    ".",
    ":80",
    "a b",
    "a, b",
    "localhost, localhost",
    "a/b",
    "a\\b",
    "a?b",
    "a#b",
    "user@host",
    "http://host",
    "host:port",
    "host:80:80",
    "host:65536",
    "host:-1",
    "host: 80",
    "::1",
    "[::1",
    "::1]",
    "[]",
    "[::1]x",
    "[127.0.0.1]",
    "[fe80::1%eth0]",
    "[v1.x]",
    "ex%61mple.com",
    "пример.рф",
    // Letters that become ASCII when compared without regard to case, if Unicode has its say.
    "\u212a",
    "\u017f",
    " localhost",
    "localhost ",
    "localhost\n",
    "[::1]\n",
    "[::1%25eth0]",
    "a,",
    "a:000080",
    "a\u0000",
    "a\u007f",
    "<script>",
    '"',
    `${"a".repeat(254)}`,
  ])("refuses %j", (field) => {
    expect(parseHost(field)).toBeUndefined();
  });

  test.each([
    ["localhost", "localhost"],
    ["localhost:8000", "localhost"],
    ["LocalHost.", "localhost"],
    ["localhost:", "localhost"],
    ["127.0.0.1:65535", "127.0.0.1"],
    ["localhost:00080", "localhost"],
    [`${"a".repeat(253)}.`, "a".repeat(253)],
    ["[::1]:", "::1"],
    ["[::1]", "::1"],
    ["[::1]:8000", "::1"],
    ["[2001:DB8::A]:80", "2001:db8::a"],
    ["[::ffff:127.0.0.1]", "::ffff:127.0.0.1"],
    ["my-host_1.example.com:80", "my-host_1.example.com"],
    ["xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"],
  ])("reads %j as %s", (field, name) => {
    expect(parseHost(field)).toBe(name);
  });
});

describe("A12 plainHostName() shows no name that a shell, a terminal or HTML would act on", () => {
  test.each([
    ...["", "a b", "a/b", "a, b", "<script>", "x\u001b[2J", "[::1"],
    ...["x;reboot", "$(reboot)", "$HOME", "a&b", "a'b", "~", "*", "!!", "(a)", "a=b", "a+b", "a,b"],
    ...["-", "--help", "-x.example", "x-", ".example", "[2001:db8::1]", "a".repeat(254)],
  ])("%j", (field) => {
    expect(plainHostName(field)).toBeUndefined();
  });

  test.each([
    ["x.ngrok-free.app", "x.ngrok-free.app"],
    ["X.Ngrok-Free.App.:443", "x.ngrok-free.app"],
    ["my_host", "my_host"],
    ["a", "a"],
    ["xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"],
    ["a".repeat(253), "a".repeat(253)],
  ])("but %s", (field, name) => {
    expect(plainHostName(field)).toBe(name);
    // The option takes what it is advised to.
    const result = parseConfig(["--allow-host", name], {});
    expect(result.kind === "run" && result.config.allowHosts).toEqual([name]);
    expect(misdirectedAdvice(name)).toContain(` --allow-host ${name} `);
  });
});

describe("HostPolicy", () => {
  const LOOPBACK = new HostPolicy({ allowed: [], own: "My-Machine" });
  const NAMED = new HostPolicy({ allowed: ["Files.Example."], own: "localhost" });
  const ANY = new HostPolicy({ allowed: ["*"], own: "localhost" });
  const PUBLIC = new HostPolicy({ allowed: [], own: "0.0.0.0" });
  const PUBLIC_NAMED = new HostPolicy({ allowed: ["files.example"], own: "0.0.0.0" });
  for (const policy of [PUBLIC, PUBLIC_NAMED]) policy.admitOthers();

  test.each([
    // RFC 9112 §3.2
    [LOOPBACK, "", "malformed"],
    [LOOPBACK, "a, b", "malformed"],
    [ANY, "a/b", "malformed"],
    [PUBLIC, "a@b", "malformed"],
    // HTTP/1.0 has none.
    [LOOPBACK, undefined, "ok"],
    [LOOPBACK, "localhost:8000", "ok"],
    [LOOPBACK, "app.localhost", "ok"],
    [LOOPBACK, "127.0.0.1:8000", "ok"],
    [LOOPBACK, "[::1]:8000", "ok"],
    [LOOPBACK, "192.168.1.5", "ok"],
    [LOOPBACK, "my-machine:8000", "ok"],
    // RFC 9110 §15.5.20
    [LOOPBACK, "rebinding.example", "misdirected"],
    [LOOPBACK, "notlocalhost", "misdirected"],
    [LOOPBACK, "localhost.example", "misdirected"],
    [LOOPBACK, "127.0.0.1.example", "misdirected"],
    // An address in the eyes of inet_aton() only: RFC 3986 §7.4.
    [LOOPBACK, "2130706433", "misdirected"],
    [LOOPBACK, "0x7f.1", "misdirected"],
    [LOOPBACK, "*", "misdirected"],
    [NAMED, "files.example:8000", "ok"],
    [NAMED, "FILES.example.", "ok"],
    [NAMED, "localhost", "ok"],
    [NAMED, "www.files.example", "misdirected"],
    [ANY, "rebinding.example", "ok"],
    [PUBLIC, "whatever.example", "ok"],
    [PUBLIC_NAMED, "files.example", "ok"],
    [PUBLIC_NAMED, "192.0.2.1", "ok"],
    [PUBLIC_NAMED, "other.example", "misdirected"],
  ] as const)("%# takes %j for %s", (policy, field, verdict) => {
    expect(policy.check(field)).toBe(verdict);
    // A second look is from memory.
    expect(policy.check(field)).toBe(verdict);
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.255.255.254", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["::2", false],
  ["192.168.1.5", false],
  ["::ffff:192.168.1.5", false],
  ["127.0.0.1.example", false],
  ["", false],
])("isLoopbackAddress(%j) is %j", (address, expected) => {
  expect(isLoopbackAddress(address)).toBe(expected);
});

test.each([
  ["localhost", true],
  ["LocalHost.", true],
  ["app.localhost", true],
  ["localhost.example", false],
  ["notlocalhost", false],
  [".localhost", false],
])("isLocalhostName(%j) is %j (RFC 6761 §6.3)", (name, expected) => {
  expect(isLocalhostName(name)).toBe(expected);
});
