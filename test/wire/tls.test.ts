import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { makeOwnCertificate } from "../../src/server/tls/own-certificate.ts";
import { Http2Connection } from "../helpers/http2-connection.ts";
import { isOpensslMissing, issue, openssl, type PairPaths } from "../helpers/openssl.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { portOf, runProgram } from "../helpers/program.ts";
import { formatRequest } from "../helpers/raw-http.ts";
import { startTestServer } from "../helpers/test-server.ts";
import { shakeHands } from "../helpers/tls-peer.ts";
import { makeTree } from "../helpers/tree.ts";
import { useTree } from "../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const DAY_MS = 24 * 3600 * 1000;
const OWN = { kind: "own", ca: undefined, http2: true } as const;

const tree = useTree(() => {
  const nowMs = Date.now();
  const good = makeOwnCertificate({ hosts: [], nowMs });
  const over = makeOwnCertificate({ hosts: [], nowMs: nowMs - 1000 * DAY_MS });
  const early = makeOwnCertificate({ hosts: [], nowMs: nowMs + 1000 * DAY_MS });
  return makeTree({
    "hello.txt": "hello",
    "good.crt": good.cert,
    "good.key": good.key,
    "over.crt": over.cert,
    "over.key": over.key,
    "early.crt": early.cert,
    "early.key": early.key,
    "locked.key": good.key.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
    "text.crt": "no certificate",
    "directory.crt/": "",
  });
});

describe("--tls", () => {
  test("says https and wss, and the fingerprint of what it shows", async () => {
    await using program = runProgram(["--tls", "--port", "0"], { cwd: tree.path });
    const banner = await program.printed("SHA-256");
    const port = portOf(banner);
    expect(banner).toStartWith(`Starting WS listener on wss://localhost:${port}/websocket\n`);
    const { certificate, pem } = await shakeHands(port);
    expect(banner).toContain(`  SHA-256    ${certificate.fingerprint256}\n`);
    const urls = Array.from(banner.matchAll(/https:\S+/g), ([url]) => url);
    expect(urls.length).toBe(3);
    for (const url of urls) expect((await fetch(url, { tls: { ca: pem } })).status).toBe(200);
    program.signal("SIGINT");
    expect((await program.ended).exitCode).toBe(0);
  });

  test.each(["localhost", "127.0.0.1", "[::1]"])(
    "is trusted at https://%s by who trusts the certificate, and by nobody else",
    async (host) => {
      await using server = startTestServer({ directory: tree.path, host: "localhost", tls: OWN });
      const { pem } = await shakeHands(server.port);
      const url = `https://${host}:${server.port}/hello.txt`;
      expect(await (await fetch(url, { tls: { ca: pem } })).text()).toBe("hello");
      await expect(fetch(url)).rejects.toThrow();
    },
  );

  test("names the machine and --allow-host too, and another key each time", async () => {
    const allowHosts = ["files.example", "*"];
    await using one = startTestServer({ directory: tree.path, tls: OWN, allowHosts });
    await using other = startTestServer({ directory: tree.path, tls: OWN, allowHosts });
    const [first, second] = await Promise.all([one, other].map(({ port }) => shakeHands(port)));
    expect(first?.certificate.subjectaltname).toContain("DNS:files.example");
    expect(first?.certificate.pubkey?.equals(second?.certificate.pubkey ?? Buffer.alloc(0))).toBe(
      false,
    );
  });

  test("names every address of the machine if it listens on all of them", async () => {
    await using server = startTestServer({ directory: tree.path, host: "0.0.0.0", tls: OWN });
    const certificate = new X509Certificate((await shakeHands(server.port)).pem);
    const addresses = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
    for (const { address } of addresses) expect(certificate.checkIP(address)).toBe(address);
    expect(certificate.checkIP("0.0.0.0")).toBeUndefined();
  });

  test("echoes over wss", async () => {
    await using server = startTestServer({ directory: tree.path, host: "localhost", tls: OWN });
    const { pem } = await shakeHands(server.port);
    const url = `wss://localhost:${server.port}/websocket`;
    // Bun's own WebSocket takes this, and the DOM's types do not know it.
    const socket = new WebSocket(url, { tls: { ca: pem } } as unknown as string[]);
    await new Promise((resolve) => (socket.onopen = resolve));
    socket.send("hello");
    const { data } = await new Promise<MessageEvent>((resolve) => (socket.onmessage = resolve));
    expect(data).toBe("hello");
    socket.close();
  });

  test.each([
    [true, ["h2", "http/1.1"], "h2"],
    [true, ["http/1.1"], "http/1.1"],
    [true, [], false],
    [false, ["h2", "http/1.1"], false],
  ])("with http2: %j agrees with who offers %j on %j", async (http2, offered, agreed) => {
    await using server = startTestServer({ directory: tree.path, tls: { ...OWN, http2 } });
    const { alpn } = await shakeHands(server.port, { ALPNProtocols: offered });
    expect(alpn || false).toBe(agreed);
  });

  test.skipIf(isOpensslMissing).each([
    ["-tls1_1", undefined],
    ["-tls1_2", "TLSv1.2"],
    ["-tls1_3", "TLSv1.3"],
  ])("to a client with %s speaks %s (RFC 8996)", async (flag, version) => {
    await using server = startTestServer({ directory: tree.path, tls: OWN });
    const client = ["s_client", flag, "-cipher", "ALL:@SECLEVEL=0", "-connect"];
    const { exitCode, output } = await inBackground(...client, `127.0.0.1:${server.port}`);
    expect(/^New, (TLSv[\d.]+), Cipher/m.exec(output)?.[1]).toBe(version);
    expect(exitCode === 0).toBe(version !== undefined);
  });

  test("a request in the clear is closed without an answer, and the server goes on", async () => {
    await using server = startTestServer({ directory: tree.path, tls: OWN });
    const socket = connect(server.port, "127.0.0.1");
    const received: Buffer[] = [];
    socket.on("data", (data) => received.push(data as Buffer)); // bytes, as no encoding is set
    socket.write(formatRequest("GET", "/hello.txt"));
    await new Promise((resolve) => socket.once("close", resolve));
    expect(Buffer.concat(received).toString()).toBe("");
    expect((await shakeHands(server.port)).protocol).toBe("TLSv1.3");
    expect(server.errors).toEqual([]);
  });
});

describe.skipIf(isOpensslMissing)("openssl", () => {
  test("s_client verifies what the server shows, by name and by address", async () => {
    await using server = startTestServer({ directory: tree.path, tls: OWN });
    const connected = ["s_client", "-connect", `127.0.0.1:${server.port}`];
    const { output } = await inBackground(...connected);
    // This is how README says that a client gets the certificate.
    writeFileSync(tree.at("fetched.crt"), output);
    const trusting = [...connected, "-CAfile", tree.at("fetched.crt"), "-verify_return_error"];
    for (const name of [
      ["-verify_hostname", "localhost"],
      ["-verify_ip", "127.0.0.1"],
    ]) {
      const { exitCode, output: report } = await inBackground(...trusting, ...name);
      expect(report).toContain("Verify return code: 0 (ok)");
      expect(exitCode).toBe(0);
    }
    expect(
      openssl("verify", "-CAfile", tree.at("fetched.crt"), tree.at("fetched.crt")).exitCode,
    ).toBe(0);
  });
});

/** Runs it beside the server, which is in this process. */
async function inBackground(...args: readonly string[]) {
  const child = Bun.spawn(["openssl", ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, output: output.join("") };
}

describe("--cert and --key", () => {
  test("are shown to clients", async () => {
    const args = ["--cert", "good.crt", "--key", "good.key", "--port", "0"];
    await using program = runProgram(args, { cwd: tree.path });
    const banner = await program.printed("REST");
    expect(banner).toContain("https://localhost:");
    expect(banner).not.toContain("SHA-256");
    const { pem } = await shakeHands(portOf(banner));
    expect(pem).toBe(await Bun.file(tree.at("good.crt")).text());
  });

  test.skipIf(isOpensslMissing)("are shown with those that lead to an authority", async () => {
    using keys = makeTree();
    const authority = ["basicConstraints=critical,CA:TRUE"];
    const root = issue(keys.path, "root", { extensions: [] });
    const middle = issue(keys.path, "middle", { issuer: root, extensions: authority });
    const { cert, key } = issue(keys.path, "leaf", { issuer: middle });
    const chain = [cert, middle.cert].map((path) => readFileSync(path, "utf8")).join("");
    writeFileSync(keys.at("chain.crt"), chain);
    const tls = { ...OWN, kind: "files", cert: keys.at("chain.crt"), key } as const;
    await using server = startTestServer({ directory: tree.path, tls });
    const ca = readFileSync(root.cert, "utf8");
    const url = `https://127.0.0.1:${server.port}/hello.txt`;
    expect(await (await fetch(url, { tls: { ca } })).text()).toBe("hello");
  });

  test("and --tls is no contradiction", async () => {
    const args = ["--tls", "--cert", "good.crt", "--key", "good.key", "--port", "0"];
    await using program = runProgram(args, { cwd: tree.path });
    const { pem } = await shakeHands(portOf(await program.printed("REST")));
    expect(pem).toBe(await Bun.file(tree.at("good.crt")).text());
  });

  const MISSING = "there is no such file; name one that exists";
  const NO_CERTIFICATE = "it holds no certificate in PEM; openssl x509 converts other forms";

  test.each([
    [["--cert", "none.crt", "--key", "good.key"], 1, `--cert none.crt: ${MISSING}`],
    [["--cert", "good.crt", "--key", "none.key"], 1, `--key none.key: ${MISSING}`],
    [["--cert", "text.crt", "--key", "good.key"], 1, `--cert text.crt: ${NO_CERTIFICATE}`],
    [
      ["--cert", "good.crt", "--key", "good.crt"],
      1,
      "--key good.crt: it holds no private key in PEM; openssl pkey converts other forms",
    ],
    [
      ["--cert", "good.crt", "--key", "locked.key"],
      1,
      "--key locked.key: it is encrypted; openssl pkey -in OLD -out NEW decrypts it",
    ],
    [
      ["--cert", "good.crt", "--key", "over.key"],
      1,
      "--key over.key: it is not the key of this certificate; name the right one",
    ],
    [["--tls", "--ca", "none.crt"], 1, `--ca none.crt: ${MISSING}`],
    [["--tls", "--ca", "text.crt"], 1, `--ca text.crt: ${NO_CERTIFICATE}`],
    [["--cert", "good.crt"], 2, "--cert good.crt: add --key FILE"],
    [["--key", "good.key"], 2, "--key good.key: add --cert FILE"],
    [["--ca", "good.crt"], 2, "--ca good.crt: add --tls"],
  ])("%j ends it with exit %i and one line", async (args, exitCode, line) => {
    const result = await runProgram([...args, "--port", "0"], { cwd: tree.path }).ended;
    expect(result).toEqual({ exitCode, stdout: "", stderr: `meerkat: ${line}\n` });
  });

  test.each([
    ["over", /^--cert over\.crt: it expired on \d{4}-\d\d-\d\d; renew it\n$/],
    ["early", /^--cert early\.crt: it is not valid before \d{4}-\d\d-\d\d; name another, or /],
    ["directory", /^--cert directory\.crt: it cannot be read \(.*EISDIR.*\); name a file\n$/],
  ])("the certificate %s.crt ends it with exit 1 and one line", async (name, line) => {
    const args = ["--cert", `${name}.crt`, "--key", `${name}.key`, "--port", "0"];
    const { exitCode, stdout, stderr } = await runProgram(args, { cwd: tree.path }).ended;
    expect(stderr.replace(/^meerkat: /, "")).toMatch(line);
    expect({ exitCode, stdout, lines: stderr.split("\n").length }).toEqual({
      exitCode: 1,
      stdout: "",
      lines: 2,
    });
  });
});

describe.skipIf(isOpensslMissing)("--ca", () => {
  test("refuses clients without a certificate of the authority, over every protocol", async () => {
    using keys = makeTree();
    const authority = issue(keys.path, "authority", { extensions: [] });
    const leaf = ["basicConstraints=CA:FALSE"];
    const known = issue(keys.path, "known", { issuer: authority, extensions: leaf });
    const stranger = issue(keys.path, "stranger", { extensions: leaf });
    const tls = { ...OWN, ca: authority.cert };
    await using server = startTestServer({ directory: tree.path, tls });
    await using http1 = startTestServer({ directory: tree.path, tls: { ...tls, http2: false } });
    for (const { port } of [server, http1]) {
      expect(await ask(port, known)).toBe("hello");
      await expect(ask(port, stranger)).rejects.toThrow();
      await expect(ask(port, undefined)).rejects.toThrow();
    }
  });

  /** Over HTTP/2 if the server speaks it. */
  async function ask(port: number, pair: PairPaths | undefined): Promise<string> {
    const shown = pair === undefined ? {} : await readPair(pair);
    const { alpn } = await shakeHands(port, { ...shown, ALPNProtocols: ["h2", "http/1.1"] });
    if (alpn !== "h2") {
      const tls = { ...shown, rejectUnauthorized: false };
      return (await fetch(`https://127.0.0.1:${port}/hello.txt`, { tls })).text();
    }
    await using connection = new Http2Connection(port, shown);
    return (await connection.get("/hello.txt")).body.toString();
  }

  async function readPair({ cert, key }: PairPaths) {
    return { cert: await Bun.file(cert).text(), key: await Bun.file(key).text() };
  }
});
