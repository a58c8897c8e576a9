import { expect, test } from "bun:test";
import { LINE_FORMATS } from "../../src/observe/access-log.ts";
import type { Observation } from "../../src/observe/observation.ts";

const OBSERVATION: Observation = {
  timeMs: Date.UTC(2026, 10, 21, 7, 28, 3, 456),
  startMs: 0,
  address: "192.0.2.7",
  method: "GET",
  target: "/a/b.txt?c=d",
  status: 206,
  bytes: 1234,
  seconds: 0.0123456,
  referrer: "http://localhost/",
  agent: "curl/8.0",
};

/** Hostile values of a field or a target, and their form in the text log and in JSON. */
const HOSTILE: readonly (readonly [what: string, value: string, text: string, json: string])[] = [
  ["a line feed", "a\nb", "a\\x0ab", "a\\nb"],
  ["a return and a line feed", "\r\n", "\\x0d\\x0a", "\\r\\n"],
  ["a quote", 'a" 200 1 "', "a\\x22 200 1 \\x22", 'a\\" 200 1 \\"'],
  ["a backslash", "\\x22", "\\x5cx22", "\\\\x22"],
  ["an escape sequence", "\x1b[2J", "\\x1b[2J", "\\u001b[2J"],
  ["a C1 control", "\x9b2J", "\\x9b2J", "\\u009b2J"],
  ["DEL", "\x7f", "\\x7f", "\\u007f"],
  ["NUL", "\0", "\\x00", "\\u0000"],
  ["a tab", "a\tb", "a\\x09b", "a\\tb"],
  ["Latin-1", "é", "\\xe9", "\\u00e9"],
  ["a line separator", "\u2028", "\\u2028", "\\u2028"],
  ["what turns the direction of text", "\u202e", "\\u202e", "\\u202e"],
  ["a pair of surrogates", "😀", "\\ud83d\\ude00", "\\ud83d\\ude00"],
  ["one without its other", "\ud800", "\\ud800", "\\ud800"],
];

test("LINE_FORMATS.text is the combined log format and the seconds", () => {
  expect(LINE_FORMATS.text.request(OBSERVATION)).toBe(
    '192.0.2.7 - - [21/Nov/2026:07:28:03 +0000] "GET /a/b.txt?c=d HTTP/1.1" 206 1234 "http://localhost/" "curl/8.0" 0.012346\n',
  );
});

test("LINE_FORMATS.text has a dash for a field that is absent or empty", () => {
  const line = LINE_FORMATS.text.request({ ...OBSERVATION, referrer: undefined, agent: "" });
  expect(line).toContain(' 1234 "-" "-" ');
});

test("LINE_FORMATS.json is one object", () => {
  const line = LINE_FORMATS.json.request({ ...OBSERVATION, referrer: undefined });
  expect(line).toEndWith("}\n");
  expect(JSON.parse(line)).toEqual({
    time: "2026-11-21T07:28:03.456Z",
    address: "192.0.2.7",
    method: "GET",
    target: "/a/b.txt?c=d",
    status: 206,
    bytes: 1234,
    seconds: 0.012346,
    agent: "curl/8.0",
  });
});

test.each(HOSTILE)("%s forges nothing", (_what, value, text, json) => {
  const hostile = { ...OBSERVATION, target: value, referrer: value, agent: value };
  const textLine = LINE_FORMATS.text.request(hostile);
  expect(textLine).toContain(`] "GET ${text} HTTP/1.1" 206 1234 "${text}" "${text}" 0.012346\n`);
  const jsonLine = LINE_FORMATS.json.request(hostile);
  expect(jsonLine).toContain(`"target":"${json}","status":206`);
  expect(JSON.parse(jsonLine)).toMatchObject({ target: value, referrer: value, agent: value });
  for (const line of [textLine, jsonLine]) expect(line).toMatch(/^[ -~]+\n$/);
});

test("LINE_FORMATS say how many lines are not there", () => {
  expect(LINE_FORMATS.text.dropped(3)).toBe("# 3 lines dropped\n");
  expect(JSON.parse(LINE_FORMATS.json.dropped(3))).toEqual({ dropped: 3 });
});
