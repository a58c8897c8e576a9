import { describe, expect, test } from "bun:test";
import { parseFaults, type FaultOptions } from "../../src/echo/fault-options.ts";

const NOTHING: FaultOptions = {
  delayMs: 0,
  jitterMs: 0,
  ending: undefined,
  greeting: undefined,
  everyMs: undefined,
};

const CODES = "give a code that may be sent: 1000 to 1003, 1007 to 1014, or 3000 to 4999";

describe("parseFaults()", () => {
  test.each([
    ["?delay=", "delay: give a whole number of milliseconds from 0 to 60000"],
    ["?delay=-1", "delay: give a whole number of milliseconds from 0 to 60000"],
    ["?delay=1.5", "delay: give a whole number of milliseconds from 0 to 60000"],
    ["?delay=1s", "delay: give a whole number of milliseconds from 0 to 60000"],
    ["?delay=60001", "delay: give a whole number of milliseconds from 0 to 60000"],
    ["?delay=99999999999", "delay: give a whole number of milliseconds from 0 to 60000"],
    ["?jitter=x", "jitter: give a whole number of milliseconds from 0 to 60000"],
    ["?every=0", "every: give a whole number of milliseconds from 1 to 3600000"],
    ["?close=1000&after=-1", "after: give a whole number of messages from 0 to 1000000000"],
    ["?close", `close: ${CODES}`],
    ["?close=", `close: ${CODES}`],
    ["?close=,reason", `close: ${CODES}`],
    ["?close=01000", `close: ${CODES}`],
    // RFC 6455 §7.4.1 and §7.4.2.
    ["?close=999", `close: ${CODES}`],
    ["?close=1004", `close: ${CODES}`],
    ["?close=1005", `close: ${CODES}`],
    ["?close=1006", `close: ${CODES}`],
    ["?close=1015", `close: ${CODES}`],
    ["?close=2999", `close: ${CODES}`],
    ["?close=5000", `close: ${CODES}`],
    // RFC 6455 §5.5, in bytes: an é has two.
    [`?close=1000,${"%C3%A9".repeat(62)}`, "close: give a reason of at most 123 bytes"],
    ["?drop=2", "drop: give it no value"],
    ["?greet=", "greet: give the text to be greeted with"],
    ["?after=1", "after needs close or drop"],
  ])("refuses %s", (search, message) => {
    expect(parseFaults(search)).toEqual({ kind: "invalid", message: `The parameter ${message}.` });
  });

  test.each([
    ["?delay=1&delay=2", "The parameter delay is given twice."],
    ["?close=1000&drop", "The parameters close and drop exclude each other."],
  ])("refuses %s", (search, message) => {
    expect(parseFaults(search)).toEqual({ kind: "invalid", message });
  });

  test.each(["", "?", "?token=abc", "?EIO=4&transport=websocket", "?Delay=5"])(
    "takes %j for a plain echo",
    (search) => {
      expect(parseFaults(search)).toEqual({ kind: "plain" });
    },
  );

  test.each([
    ["?delay=0", {}],
    ["?delay=60000&jitter=5", { delayMs: 60_000, jitterMs: 5 }],
    ["?close=1000", { ending: { kind: "close", after: 0, code: 1000, reason: "" } }],
    [
      "?close=4999,out+of%20luck,+again&after=3",
      { ending: { kind: "close", after: 3, code: 4999, reason: "out of luck, again" } },
    ],
    [
      `?close=1011,${"%C3%A9".repeat(61)}`,
      { ending: { kind: "close", after: 0, code: 1011, reason: "é".repeat(61) } },
    ],
    ["?drop&after=1", { ending: { kind: "drop", after: 1 } }],
    ["?drop=1", { ending: { kind: "drop", after: 0 } }],
    ["?greet=hello+there", { greeting: "hello there" }],
    ["?every=1000", { everyMs: 1000 }],
    ["?token=abc&every=1", { everyMs: 1 }],
  ] satisfies readonly (readonly [string, Partial<FaultOptions>])[])(
    "reads %s",
    (search, options) => {
      expect(parseFaults(search)).toEqual({ kind: "faults", options: { ...NOTHING, ...options } });
    },
  );
});
