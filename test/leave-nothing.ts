/**
 * Preloaded before the tests, by `bunfig.toml`. Whatever tests write for a time is in a directory of
 * this run, or of a file with `--parallel`. The run fails if something is left there. If the run is
 * killed, the directory is removed as well.
 */
import { afterAll, beforeAll, expect } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATIENCE_MS } from "./helpers/patience.ts";

const outside = process.env["TMPDIR"];
/**
 * Waits until the directory or this process is gone, and then tries to remove it until that succeeds. It
 * does so in the background of a shell that has ended: Bun ends its children with the run, and those it
 * knows of when a test times out, after which the directory is still in use.
 */
const REMOVE_LATER =
  '{ while [ -d "$0" ] && kill -0 "$1"; do sleep 1; done; until rm -rf "$0"; do sleep 1; done; } &';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "meerkat-"));
  chmodSync(directory, 0o755); // some tests run servers as another user
  process.env["TMPDIR"] = directory;
  const command = ["sh", "-c", REMOVE_LATER, directory, String(process.pid)];
  Bun.spawnSync(command, { stdio: ["ignore", "ignore", "ignore"], detached: true });
}, PATIENCE_MS);

afterAll(() => {
  if (outside === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = outside;
  const left = readdirSync(directory, { recursive: true });
  rmSync(directory, { recursive: true });
  expect(left, "left behind by the tests").toEqual([]);
}, PATIENCE_MS);
