import { expect, test } from "bun:test";
import { describeLine } from "../../../public/workbench/log-file.js";
import { maxKeptBytes, toMessage } from "../../../public/workbench/message.js";

const time = new Date("2026-01-02T12:00:00.123Z");
const AT = "2026-01-02T12:00:00.123Z";

test.each([
  [
    { direction: "info" as const, text: "Connected\n<b>" },
    { time: AT, direction: "notice", text: "Connected\n<b>" },
  ],
  [
    { direction: "sent" as const, message: toMessage("ß") },
    { time: AT, direction: "sent", type: "text", size: 2, text: "ß" },
  ],
  [
    {
      direction: "received" as const,
      message: toMessage(new Uint8Array([0, 255])),
      roundTripMs: 1.5,
    },
    { time: AT, direction: "received", type: "binary", size: 2, roundTripMs: 1.5, base64: "AP8=" },
  ],
])("describeLine() of %j", (entry, wanted) => {
  const line = describeLine({ time, ...entry });
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual(wanted);
});

test("describeLine() says that a message is cut, and how long it was", () => {
  const message = toMessage("x".repeat(maxKeptBytes + 1));
  const line = JSON.parse(describeLine({ time, direction: "sent", message }));
  expect(line).toMatchObject({ size: maxKeptBytes + 1, isCut: true });
  expect(line.text).toHaveLength(maxKeptBytes);
});
