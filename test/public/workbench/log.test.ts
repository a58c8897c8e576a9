import { describe, expect, test } from "bun:test";
import {
  createLog,
  createPreview,
  describeLog,
  describeLogCount,
  describeMeta,
  formOf,
} from "../../../public/workbench/log.js";
import { maxKeptBytes, toMessage } from "../../../public/workbench/message.js";

const NOON = new Date(2026, 0, 2, 12);

describe("describeLog()", () => {
  const logOf = (data: string | Uint8Array, isHex = false) => ({
    ...createLog(),
    isHex,
    entries: [{ direction: "received" as const, time: NOON, message: toMessage(data) }],
  });

  test.each([
    ["hello", "12:00:00.000 ↓ text, 5 bytes: hello"],
    ["", "12:00:00.000 ↓ text, 0 bytes: "],
    ["a\nb", "12:00:00.000 ↓ text, 3 bytes:\na\nb"],
    [new Uint8Array([0]), `12:00:00.000 ↓ binary, 1 bytes: 0000  00${" ".repeat(47)}.`],
  ])("of %p", (data, wanted) => {
    expect(describeLog(logOf(data))).toBe(wanted);
  });

  test("shows text as hex where that is switched on", () => {
    expect(describeLog(logOf("ß", true))).toContain("0000  c3 9f");
  });

  test("copies the first 16 KB of a message, and says how much more there is", () => {
    expect(describeLog(logOf("x".repeat(20_000)))).toEndWith("x\n… 3,616 bytes more");
  });

  test("has a line for what the page itself says", () => {
    const entries = [{ direction: "info" as const, time: NOON, text: "Connected" }];
    expect(describeLog({ ...createLog(), entries })).toBe("12:00:00.000 · Connected");
  });
});

test.each([
  [0, 0, ""],
  [1, 0, "1 entry"],
  [500, 1503, "500 entries, 1,503 older dropped"],
])("describeLogCount() of %d entries and %d dropped is %j", (count, dropped, wanted) => {
  const entry = { direction: "info" as const, time: NOON };
  expect(
    describeLogCount({
      ...createLog(),
      entries: Array.from({ length: count }, () => entry),
      dropped,
    }),
  ).toBe(wanted);
});

test("describeLogCount() says how many the filter lets through", () => {
  const entries = ["sent", "received", "info"].map((direction) => ({
    direction: direction as "info",
    time: NOON,
  }));
  expect(describeLogCount({ ...createLog(), entries, show: "sent" })).toBe("1 of 3 entries");
});

test("describeMeta() puts the round trip first, if there is one", () => {
  const entry = { direction: "received" as const, time: NOON };
  expect(describeMeta(entry, toMessage("abc"))).toBe("text · 3 B");
  expect(describeMeta({ ...entry, roundTripMs: 1.25 }, toMessage("abc"))).toBe(
    "1.3 ms · text · 3 B",
  );
});

describe("createPreview()", () => {
  test.each([
    ["", undefined, "", false],
    ["hello", undefined, "hello", false],
    ["x".repeat(512), undefined, "x".repeat(512), false],
    ["x".repeat(513), undefined, `${"x".repeat(512)}\n… 1 bytes more`, true],
    ["\n".repeat(11), undefined, "\n".repeat(11), false],
    ["\n".repeat(12), undefined, `${"\n".repeat(11)}\n… 1 bytes more`, true],
    ["ß".repeat(300), undefined, `${"ß".repeat(256)}\n… 88 bytes more`, true],
  ])("of %j", (data, perLine, text, isCut) => {
    expect(createPreview(toMessage(data), perLine)).toEqual({ text, isCut });
  });

  test("is of twelve lines of hex", () => {
    const lines = (size: number) => {
      const { text, isCut } = createPreview(toMessage(new Uint8Array(size)), 8);
      return [text.split("\n").length, isCut];
    };
    // And one that says how much more there is.
    expect([96, 97].map(lines)).toEqual([
      [12, false],
      [13, true],
    ]);
  });
});

describe("formOf()", () => {
  const json = toMessage('{"a":1}');
  const bytes = toMessage(new Uint8Array(3));
  test.each([
    ["text is shown as text", { message: toMessage("a") }, "text"],
    ["bytes are shown as hex", { message: bytes }, "hex"],
    ["JSON is laid out", { message: json, isOpen: true }, "json"],
    ["but not in a closed row", { message: json }, "text"],
    ["a choice is kept", { message: json, isOpen: true, form: "hex" as const }, "hex"],
    ["bytes too can be text", { message: bytes, isOpen: true, form: "text" as const }, "text"],
  ] as const)("%s", (_, entry, wanted) => {
    const shown = { direction: "received" as const, time: NOON, ...entry };
    expect(formOf(createLog(), shown)).toBe(wanted);
  });

  test("of JSON that is not kept as a whole is text", () => {
    const message = toMessage(`[${"1,".repeat(maxKeptBytes)}1]`);
    const entry = { direction: "received" as const, time: NOON, message, isOpen: true };
    expect(formOf(createLog(), entry)).toBe("text");
  });

  test("is hex for all while that is switched on", () => {
    const entry = { direction: "received" as const, time: NOON, message: json, isOpen: true };
    expect(formOf({ ...createLog(), isHex: true }, entry)).toBe("hex");
  });
});
