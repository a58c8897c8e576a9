import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig, type Config } from "../../src/cli/config.ts";
import { blockWith, readDocument } from "../helpers/documents.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { runProgram } from "../helpers/program.ts";
import { findProgram } from "../helpers/system-program.ts";
import { makeTree } from "../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

const read = (...path: string[]) => readFileSync(join(import.meta.dir, ...path), "utf8");

const UNIT = read("meerkat.service");
const CONTAINERFILE = read("Containerfile");
const HAPROXY = read("haproxy.cfg");
const KUBERNETES = blockWith(readDocument("test/deploy/README.md"), "yaml", "containers:");

/** Returns the only match of a pattern in a text; throws if there are more or none. */
function pick(text: string, pattern: RegExp): string {
  const found = [...text.matchAll(pattern)];
  if (found.length !== 1) throw new Error(`${pattern} is there ${found.length} times`);
  return found[0]?.[1] ?? "";
}

function configOf(args: readonly string[]): Config {
  const parsed = parseConfig(args, {});
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  return parsed.config;
}

/** A JSON array of strings, as the formats here have it. */
const arrayOf = (text: string) => JSON.parse(text) as readonly string[]; // each is checked as an argument

const UNIT_ARGS = pick(UNIT, /^ExecStart=\/usr\/local\/bin\/meerkat (.*)$/gm).split(" ");
const CONTAINER_ARGS = arrayOf(pick(CONTAINERFILE, /^CMD (.*)$/gm));
const KUBERNETES_ARGS = pick(KUBERNETES, /^ *args: \[(.*)\]$/gm).split(", ");
const HAPROXY_ARGS = pick(HAPROXY, /^# +meerkat (.*)$/gm).split(" ");

describe("the command line", () => {
  test.each([
    ["the unit", UNIT_ARGS, { host: "0.0.0.0", port: 8000 }],
    ["the container", CONTAINER_ARGS, { host: "0.0.0.0", port: 8000 }],
    ["Kubernetes", KUBERNETES_ARGS, { host: "0.0.0.0", port: 8000, trustProxy: true }],
    ["HAProxy's servers", HAPROXY_ARGS, { port: 8001, trustProxy: true }],
  ])(
    "of %s has only arguments that exist, and logs to be read by programs",
    (_, args, expected) => {
      const config = configOf(args);
      expect(config).toMatchObject({
        directory: "/srv/www",
        log: "json",
        quiet: true,
        ...expected,
      });
    },
  );
});

describe("the time to stop", () => {
  test.each([
    ["the unit", UNIT_ARGS, pick(UNIT, /^TimeoutStopSec=(\d+)s$/gm)],
    ["the container", CONTAINER_ARGS, pick(CONTAINERFILE, /podman stop --time (\d+)/g)],
    ["Kubernetes", KUBERNETES_ARGS, pick(KUBERNETES, /terminationGracePeriodSeconds: (\d+)/g)],
  ])("of %s is enough to drain, and leaves some after the linger", (_, args, seconds) => {
    const { lingerSeconds, drainSeconds } = configOf(args);
    expect(Number(seconds)).toBeGreaterThan(drainSeconds);
    expect(drainSeconds).toBeGreaterThan(lingerSeconds);
  });

  test("is enough for HAProxy to notice", () => {
    const [inter, fast] = ["inter", "fastinter"].map((name) =>
      Number(pick(HAPROXY, new RegExp(`\\b${name} (\\d+)ms`, "g"))),
    );
    const noticed = ((inter ?? NaN) + (fast ?? NaN)) / 1000;
    expect(configOf(HAPROXY_ARGS).lingerSeconds).toBeGreaterThan(noticed);
  });
});

test("the unit is not started again after a wrong option", async () => {
  await using program = runProgram(["--no-such-option"]);
  const { exitCode } = await program.ended;
  expect(pick(UNIT, /^RestartPreventExitStatus=(.*)$/gm)).toBe(String(exitCode));
});

test("the container starts what it copies, at the port that it exposes", () => {
  const [start] = arrayOf(pick(CONTAINERFILE, /^ENTRYPOINT (.*)$/gm));
  expect(pick(CONTAINERFILE, /^COPY dist\/meerkat (.*)$/gm)).toBe(start ?? "");
  expect(pick(CONTAINERFILE, /^EXPOSE (.*)$/gm)).toBe(String(configOf(CONTAINER_ARGS).port));
});

const SYSTEMD = findProgram("systemd-analyze");

test.skipIf(SYSTEMD.isSkipped)(
  `systemd has nothing to say against the unit${SYSTEMD.reason}`,
  () => {
    using tree = makeTree({ meerkat: "#!/bin/sh\n" });
    chmodSync(tree.at("meerkat"), 0o755);
    const path = tree.at("meerkat.service");
    writeFileSync(path, UNIT.replaceAll("/usr/local/bin/meerkat", tree.at("meerkat")));
    const { exitCode, stderr } = Bun.spawnSync([SYSTEMD.path, "verify", path]);
    expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
  },
);
