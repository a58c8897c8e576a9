import { expect, setDefaultTimeout, test } from "bun:test";
import { renderIdle } from "./echo-idle.ts";
import { cellsOf } from "../helpers/markdown-cells.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";

setDefaultTimeout(PATIENCE_MS);

test("renderIdle() has two lines for each way, and a dash where a server would not compress", () => {
  const meerkat = { opened: 1.58, used: 1.62 };
  const ws = { opened: 6.5, used: 246.04 };
  const table = renderIdle([
    { deflate: false, connections: 10_000, figures: { meerkat, ws } },
    { deflate: true, connections: 10_000, figures: { meerkat: undefined, ws } },
  ]);
  expect(cellsOf(table)).toEqual([
    ["Memory a connection, 10,000 idle", "Meerkat", "`ws`"],
    ["plain", "1.6 KB", "6.5 KB"],
    ["plain, after an echo of 1 KB each", "1.6 KB", "246.0 KB"],
    ["permessage-deflate", "–", "6.5 KB"],
    ["permessage-deflate, after an echo of 1 KB each", "–", "246.0 KB"],
  ]);
});
