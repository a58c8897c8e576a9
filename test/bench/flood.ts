/**
 * Floods the echo with numbered messages from a client that reads nothing for five seconds, checks
 * that each comes back in order and unaltered, and prints the server's memory at its peak.
 *
 *   bun run test/bench/flood.ts [--size 1,1k,64k,15m] [--mode plain,text,deflate,random,tls]
 *
 * Exits with 1 if a message did not come back, or if the server took 150 MB.
 */
import { parseArgs } from "node:util";
import { FLOOD_MODES, FLOOD_SIZES, isGood, measureFloods, renderFloods } from "./echo-flood.ts";
import { pick } from "./pick.ts";

const { values } = parseArgs({ options: { size: { type: "string" }, mode: { type: "string" } } });

process.once("SIGINT", () => process.exit(130)); // and the server with us

const results = await measureFloods(pick(FLOOD_SIZES, values.size), pick(FLOOD_MODES, values.mode));
console.log(renderFloods(results));
if (!results.every(isGood)) process.exitCode = 1;
