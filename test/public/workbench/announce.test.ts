import { expect, test } from "bun:test";
import { createNews, describeNews, noteNews } from "../../../public/workbench/announce.js";
import { toMessage } from "../../../public/workbench/message.js";

const time = new Date(0);
const received = (data: string | Uint8Array) =>
  ({ direction: "received", time, message: toMessage(data) }) as const;

test.each([
  [[], ""],
  [[{ direction: "sent" as const, time, message: toMessage("a") }], ""],
  [
    [received("hello"), { direction: "info" as const, time, text: "Closed" }],
    "Received hello\nClosed",
  ],
  [[received(new Uint8Array(3))], "Received 3 bytes"],
  [[received("x".repeat(1000))], `Received ${"x".repeat(200)}`],
  [Array.from({ length: 1000 }, () => received("a")), "1000 new entries"],
])("E11 describeNews() of %j", (entries, wanted) => {
  const news = createNews();
  for (const entry of entries) noteNews(news, entry);
  expect(describeNews(news)).toBe(wanted);
  expect(news.latest.length).toBeLessThanOrEqual(3);
});
