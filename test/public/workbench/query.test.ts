import { describe, expect, test } from "bun:test";
import { describeWishes, readWishes, withWishes } from "../../../public/workbench/query.js";

const NONE = {
  delay: "",
  jitter: "",
  close: "",
  reason: "",
  after: "",
  drop: false,
  greet: "",
  every: "",
};

describe("withWishes()", () => {
  test.each([
    ["ws://host/", {}, "ws://host/"],
    ["ws://host/?", {}, "ws://host/"],
    ["ws://host/?delay=1&drop", {}, "ws://host/"],
    // A name that is escaped is the same name.
    ["ws://host/?%64elay=1", {}, "ws://host/"],
    ["ws://host/?token=a%2Fb&delay=1", { delay: "2" }, "ws://host/?token=a%2Fb&delay=2"],
    // A second question mark belongs to a value.
    ["ws://host/?q=what?&delay=1", { drop: true }, "ws://host/?q=what?&drop"],
    ["ws://host/", { delay: " 20 ", jitter: "5" }, "ws://host/?delay=20&jitter=5"],
    ["ws://host/", { close: "4000", reason: "so, far" }, "ws://host/?close=4000,so,%20far"],
    ["ws://host/", { close: "4000", after: "3" }, "ws://host/?close=4000&after=3"],
    // Without a code there is no close that could have a reason.
    ["ws://host/", { reason: "lonely" }, "ws://host/"],
    ["ws://host/", { greet: " hi & bye " }, "ws://host/?greet=%20hi%20%26%20bye%20"],
    // Half of a surrogate pair cannot be escaped as it is.
    ["ws://host/", { greet: "\ud83c" }, "ws://host/?greet=%EF%BF%BD"],
    // A wrong value is for the server to refuse.
    ["ws://host/", { delay: "soon" }, "ws://host/?delay=soon"],
  ])("of %j and %j", (url, wishes, wanted) => {
    expect(withWishes(url, { ...NONE, ...wishes })).toBe(wanted);
  });
});

describe("readWishes()", () => {
  test.each([
    ["ws://host/", {}],
    ["ws://host/?", {}],
    ["ws://host/?token=x", {}],
    ["ws://host/?drop", { drop: true }],
    ["ws://host/?close=4001,over%2C+now", { close: "4001", reason: "over, now" }],
    ["ws://host/?close=4001,a%0Ab", { close: "4001", reason: "a\nb" }],
    ["ws://host/?close=4001", { close: "4001" }],
    ["ws://host/?close=,why", { close: "", reason: "why" }],
    [
      "ws://host/?delay=7&jitter=2&after=2&greet=%3Cb%3E&every=50",
      { delay: "7", jitter: "2", after: "2", greet: "<b>", every: "50" },
    ],
  ])("of %j", (url, wanted) => {
    expect(readWishes(url)).toEqual({ ...NONE, ...wanted });
  });

  test.each([
    "ws://host/",
    "ws://host/?delay=1&jitter=2&close=4000,a,%20b&after=1&greet=%26&every=5&drop",
  ])("is undone by withWishes(): %j", (url) => {
    expect(withWishes(url, readWishes(url))).toBe(url);
  });
});

test.each([
  ["ws://host/?token=x", ""],
  ["ws://host/?delay=20&token=x&drop", "delay 20 · drop"],
])("describeWishes(%j) is %j", (url, wanted) => {
  expect(describeWishes(url)).toBe(wanted);
});
