/**
 * Row C6 of the field report: a connection whose peer's network is gone ends within two minutes. The
 * test takes as long as that, so `bun test` leaves it out, and .ci/run has it run beside the other tests:
 *
 *   bun test ./test/deploy/vanish/vanish.ts
 */
import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { parseConfig } from "../../../src/cli/config.ts";
import { runProgram } from "../../helpers/program.ts";
import { findProgram } from "../../helpers/system-program.ts";
import { KINDS } from "./kinds.ts";

const TWO_MINUTES = 120;

/** The time in which all have to be gone, and what the start takes of a busy machine. */
const TIMEOUT_MS = 240_000;

/** A user without rights is root in a user namespace of its own, if the system permits that. */
const NEW_NETWORK = ["unshare", "--map-root-user", "--net"] as const;

/** What scene.ts prints: by how and kind, after how many seconds, or `null` for not at all. */
interface Outcome {
  readonly gone: Readonly<Record<string, number | null>>;
  readonly webSockets: number;
}

const IP = findProgram("ip");
const isPermitted = Bun.spawnSync([...NEW_NETWORK, "true"]).exitCode === 0;
const isInCi = process.env["CI"] !== undefined;
const isSkipped = !isInCi && (!isPermitted || IP.isSkipped);
const reason = isPermitted ? IP.reason : " (network namespaces are not permitted here)";

function stallSeconds(): number {
  const parsed = parseConfig([], {});
  if (parsed.kind !== "run") throw new Error("the defaults are no configuration");
  return parsed.config.stallSeconds;
}

test.skipIf(isSkipped)(
  `C6 no connection outlives a vanished peer by more than two minutes${isSkipped ? reason : ""}`,
  async () => {
    const scene = resolve(import.meta.dir, "scene.ts");
    const command = [...NEW_NETWORK, process.execPath, "run", scene];
    await using program = runProgram([], { command });
    const { exitCode, stdout, stderr } = await program.ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const { gone, webSockets } = JSON.parse(stdout) as Outcome; // of scene.ts
    console.log(gone);
    expect(Object.keys(gone)).toBeArrayOfSize(2 * Object.keys(KINDS).length);
    const limit = Math.max(TWO_MINUTES, stallSeconds());
    const late = Object.entries(gone).filter(([, seconds]) => seconds === null || seconds > limit);
    expect(late).toEqual([]);
    expect(webSockets).toBe(0);
  },
  TIMEOUT_MS,
);
