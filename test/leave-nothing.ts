/**
 * Preloaded before the tests, by `bunfig.toml`. Whatever tests write for a time is in a directory of
 * this run, or of a file with `--parallel`. The run fails if something is left there.
 */
import { afterAll, beforeAll, expect } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATIENCE_MS } from "./helpers/patience.ts";

const outside = process.env["TMPDIR"];
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "meerkat-"));
  chmodSync(directory, 0o755); // some tests run servers as another user
  process.env["TMPDIR"] = directory;
}, PATIENCE_MS);

afterAll(() => {
  if (outside === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = outside;
  const left = readdirSync(directory, { recursive: true });
  rmSync(directory, { recursive: true });
  expect(left, "left behind by the tests").toEqual([]);
}, PATIENCE_MS);
