import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cellsOf } from "../helpers/markdown-cells.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { FLOOD_MODES, FLOOD_SIZES, isGood, planFloods, renderFloods } from "./echo-flood.ts";

setDefaultTimeout(PATIENCE_MS);

const [size = { key: "", title: "", messageBytes: 0, messages: 0 }] = FLOOD_SIZES;
const [mode = { key: "", title: "" }] = FLOOD_MODES;
const good = { size, mode, received: size.messages, peakMb: 57 };

test("planFloods() plans each size in each mode, but not a single byte at random", () => {
  const planned = planFloods(FLOOD_SIZES, FLOOD_MODES).map(
    (each) => `${each.mode.key} ${each.size.key}`,
  );
  expect(planned).toEqual([
    ...["plain 1", "plain 1k", "plain 64k", "plain 15m"],
    ...["text 1", "text 1k", "text 64k", "text 15m"],
    ...["deflate 1", "deflate 1k", "deflate 64k", "deflate 15m"],
    ...["random 1k", "random 64k", "random 15m"],
    ...["tls 1", "tls 1k", "tls 64k", "tls 15m"],
  ]);
});

describe("isGood()", () => {
  test.each([
    ["one message is missing", { ...good, received: size.messages - 1 }, false],
    ["the memory is at the limit", { ...good, peakMb: 150 }, false],
    ["all is well", good, true],
  ])("%s", (_, result, expected) => expect(isGood(result)).toBe(expected));
});

test("renderFloods() says what is missing, and has a dash for what was not done", () => {
  const [text = mode, compressed = mode] = FLOOD_MODES.slice(1);
  const [kilobyte = size] = FLOOD_SIZES.slice(1);
  const table = renderFloods([
    good,
    { ...good, size: kilobyte, received: kilobyte.messages },
    { ...good, mode: text, received: 4_999_999, peakMb: 58 },
    { ...good, mode: compressed, size: kilobyte, received: kilobyte.messages, peakMb: 168 },
  ]);
  expect(cellsOf(table)).toEqual([
    ["Memory at its peak", "5,000,000 × 1 B", "307,200 × 1 KB"],
    ["plain", "57 MB", "57 MB"],
    ["text", "1 missing, 58 MB", "–"],
    ["compressed", "–", "168 MB"],
  ]);
});
