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
 * Waits for the end of its input, which comes with the end of this process, and tries until it succeeds.
 * It does so in a process below a shell, as `--no-orphans` takes direct children along.
 */
const REMOVE_LATER = '(cat; until rm -rf "$0"; do sleep 1; done); exit';

let directory: string;
let guard: Bun.Subprocess<"pipe">;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "meerkat-"));
  chmodSync(directory, 0o755); // some tests run servers as another user
  process.env["TMPDIR"] = directory;
  guard = Bun.spawn(["sh", "-c", REMOVE_LATER, directory], { stdin: "pipe", detached: true });
}, PATIENCE_MS);

afterAll(async () => {
  if (outside === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = outside;
  const left = readdirSync(directory, { recursive: true });
  rmSync(directory, { recursive: true });
  await guard.stdin.end();
  await guard.exited;
  expect(left, "left behind by the tests").toEqual([]);
}, PATIENCE_MS);
