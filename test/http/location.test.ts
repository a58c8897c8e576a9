import { describe, expect, test } from "bun:test";
import { depthOf, locationOf, plainPath, upward } from "../../src/http/location.ts";

describe("locationOf()", () => {
  test.each([
    // With a Host field that is missing or no host.
    ["/", "/", ""],
    ["/a?b", "/a", "?b"],
    ["//evil.example/a", "/evil.example/a", ""],
    ["/a/../b", "/a/../b", ""],
    ["http://h/", "/", ""],
    ["http://h/a/b?c=/d?e", "/a/b", "?c=/d?e"],
    ["http://h/a#b?c", "/a", ""],
    ["http://h/a?b#c", "/a", "?b"],
    ["http://[::1]:80/a", "/a", ""],
    ["https://h//", "/", ""],
    ["https://h//a", "/a", ""],
    ["https://h///a//b/", "/a//b/", ""],
    ["https://h//?a=//b", "/", "?a=//b"],
  ])("of %s is %s and %j", (url, path, search) => {
    expect(locationOf(url)).toEqual({ path, search });
  });
});

describe("C7 plainPath()", () => {
  test.each([
    ["/rest%zz", "/rest%zz"],
    ["/rest%ff/", "/rest%ff/"],
    ["/rest%2f", "/rest%2f"],
    ["/re%73t%2F", "/re%73t%2F"],
    ["/%2577ebsocket", "/%77ebsocket"],
    ["", ""],
    ["/", "/"],
    ["/rest//", "/rest/"],
    ["/rest", "/rest"],
    ["/rest/", "/rest"],
    ["/%77ebsocket/", "/websocket"],
    ["/%2Emeerkat/he%61lth", "/.meerkat/health"],
    ["/%E7%8C%AB/", "/猫"],
  ])("of %j is %j", (path, plain) => {
    expect(plainPath(path)).toBe(plain);
  });
});

describe("depthOf() and upward()", () => {
  test.each([
    ["/", 0, "./"],
    ["/a", 0, "./"],
    ["/a/", 1, "../"],
    ["/a/b", 1, "../"],
    ["/a/b/", 2, "../../"],
    ["/a//b", 2, "../../"],
    ["/a/b//", 3, "../../../"],
    ["/a%2Fb/c", 1, "../"],
  ])("of %s is %i and %s, which leads to the root", (path, depth, reference) => {
    expect(depthOf(path)).toBe(depth);
    expect(upward(depth)).toBe(reference);
    expect(new URL(reference, `http://h/prefix${path}`).href).toBe("http://h/prefix/");
  });

  test.each([
    ["//", 0],
    ["//a/", 1],
  ])("of %s leaves out the slashes at the beginning: %i", (path, depth) => {
    expect(depthOf(path)).toBe(depth);
  });
});
