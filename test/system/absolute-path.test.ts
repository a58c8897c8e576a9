import { expect, test } from "bun:test";
import { absolutePath } from "../../src/system/absolute-path.ts";

const HERE = process.cwd();
const ABOVE = HERE.slice(0, HERE.lastIndexOf("/")) || "/";

test.skipIf(process.platform === "win32").each([
  [".", HERE],
  ["./", HERE],
  ["..", ABOVE],
  ["../", ABOVE],
  ["./..//./", ABOVE],
  ["../".repeat(50), "/"],
  [`${"../".repeat(50)}srv`, "/srv"],
  ["docs", `${HERE}/docs`],
  ["docs/", `${HERE}/docs/`],
  ["./docs", `${HERE}/docs`],
  ["../docs", `${ABOVE}/docs`],
  // A link's parent is where it leads: these dots are the system's.
  ["link/..", `${HERE}/link/..`],
  ["link/../x", `${HERE}/link/../x`],
  ["...", `${HERE}/...`],
  [".hidden", `${HERE}/.hidden`],
  ["..hidden/x", `${HERE}/..hidden/x`],
  ["/", "/"],
  ["/srv/link/../x/", "/srv/link/../x/"],
])("absolutePath(%j) is %s", (path, absolute) => {
  expect(absolutePath(path)).toBe(absolute);
});
