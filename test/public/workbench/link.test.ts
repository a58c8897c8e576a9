import { describe, expect, test } from "bun:test";
import { composeLink, readLink } from "../../../public/workbench/link.js";

const PAGE = "http://localhost:8000/below/test.html";
const DEFAULTS = {
  url: "ws://localhost:8000/below/websocket",
  protocols: "",
  "burst-count": "1000",
  "burst-size": "64",
  "burst-rate": "",
  "burst-flight": "",
  "burst-type": "text",
};

describe("composeLink()", () => {
  test.each([
    [{}, ""],
    [{ "burst-count": "5" }, "#messages=5"],
    [
      { url: "wss://host/?a=1&close=4000,so%20far", protocols: "a, b" },
      "#url=wss://host/?a%3D1%26close%3D4000,so%2520far&protocols=a,%20b",
    ],
    [{ protocols: "ß#\ud800" }, "#protocols=%C3%9F%23%EF%BF%BD"],
  ])("carries what differs from the defaults: %j", (changes, fragment) => {
    expect(composeLink(`${PAGE}#old`, { ...DEFAULTS, ...changes }, DEFAULTS)).toBe(PAGE + fragment);
  });

  test("carries no message", () => {
    expect(composeLink(PAGE, { ...DEFAULTS, message: "secret" }, DEFAULTS)).toBe(PAGE);
  });
});

describe("readLink()", () => {
  test.each(["", "#", "#log", "#message=secret", "#burst-count=5"])(
    "finds nothing in %j",
    (text) => {
      expect(readLink(text, DEFAULTS)).toBeUndefined();
    },
  );

  test("has the default of each field that the link leaves out", () => {
    expect(readLink("#rate=50&message=x", DEFAULTS)).toEqual({ ...DEFAULTS, "burst-rate": "50" });
  });

  test.each([
    { url: "ws://host/?delay=5&greet=a%20b+c,#é", "burst-rate": "" },
    { protocols: "a&b=c", "burst-type": "binary", "burst-flight": "8" },
    { "burst-size": "" },
  ])("reads what composeLink() wrote: %j", (changes) => {
    const values = { ...DEFAULTS, ...changes };
    const link = composeLink(PAGE, values, DEFAULTS);
    expect(readLink(new URL(link).hash, DEFAULTS)).toEqual(values);
  });
});
