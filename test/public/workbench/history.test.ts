import { expect, test } from "bun:test";
import {
  createHistory,
  leaveHistory,
  recallItem,
  remember,
} from "../../../public/workbench/history.js";

const text = (value: string) => ({ format: "text", text: value });
const draft = text("draft");

function historyOf(...texts: readonly string[]) {
  const history = createHistory();
  for (const value of texts) remember(history, text(value));
  return history;
}

const textsOf = (history: ReturnType<typeof createHistory>) =>
  history.items.map((item) => item.text);

test("remember() keeps neither empty messages nor the same one twice in a row", () => {
  expect(textsOf(historyOf("a", "", "a", "b", "a"))).toEqual(["a", "b", "a"]);
  const history = historyOf("68");
  remember(history, { format: "hex", text: "68" });
  expect(textsOf(history)).toEqual(["68", "68"]);
});

test("remember() keeps the last 100, and a million characters of them", () => {
  const many = historyOf(...Array.from({ length: 103 }, (_, index) => `${index}`));
  expect([many.items.length, many.items[0]?.text]).toEqual([100, "3"]);
  const large = "x".repeat(500_000);
  expect(textsOf(historyOf("small", large, `${large}y`, `${large}z`))).toEqual([
    `${large}y`,
    `${large}z`,
  ]);
  // One that is larger than all the room is not kept either.
  expect(textsOf(historyOf("x".repeat(1024 * 1024 + 1)))).toEqual([]);
});

test("recallItem() goes back to the first, and forth to the draft", () => {
  const history = historyOf("one", "two");
  const way = [-1, -1, -1, 1, 1, 1].map((step) => recallItem(history, step, draft)?.text);
  expect(way).toEqual(["two", "one", undefined, "two", "draft", undefined]);
});

test("recallItem() keeps the draft of when it was left, not what was shown since", () => {
  const history = historyOf("one", "two");
  recallItem(history, -1, draft);
  recallItem(history, -1, text("two"));
  recallItem(history, 1, text("one"));
  expect(recallItem(history, 1, text("two"))).toEqual(draft);
});

test("leaveHistory() remembers the draft of which a recalled message takes the place", () => {
  const history = historyOf("one");
  leaveHistory(history);
  expect(textsOf(history)).toEqual(["one"]);
  recallItem(history, -1, draft);
  leaveHistory(history);
  expect(textsOf(history)).toEqual(["one", "draft"]);
  expect(history.position).toBe(2);
});
