import { describe, expect, test } from "bun:test";
import { chooseListing } from "../../../src/files/listing/choose-listing.ts";

const CHROME =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const PIP =
  "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

describe("chooseListing()", () => {
  test.each([
    // Nothing named, or nothing known.
    [undefined, "plain"],
    ["", "plain"],
    ["*/*", "plain"],
    ["*", "plain"],
    ["text/*", "plain"],
    ["text/*, */*;q=0.1", "plain"],
    ["image/png,image/*;q=0.8", "plain"],
    ["application/octet-stream", "plain"],
    ["nonsense", "plain"],
    // HTML is named, and something else is liked better.
    [PIP, "plain"],
    ["text/html;q=0.01", "page"], // it names nothing else
    ["text/html;q=0.9, */*", "json"], // whatever is not HTML
    ["text/html;q=0.9, image/png", "plain"],
    ["text/html;q=0, */*", "json"], // and HTML is refused
    ["text/html;q=0", "plain"],
    ["text/html;q=0.5, text/plain", "text"],
    ["text/html;q=0.5, application/json;q=0.6", "json"],
    // HTML is liked best, alone or beside others.
    ["text/html", "page"],
    ["TEXT/HTML", "page"],
    ["text/html, */*", "page"],
    ["text/html;charset=utf-8", "page"],
    ["application/xhtml+xml", "page"],
    ["application/xhtml+xml, application/json;q=0.5", "page"],
    ["text/html;q=0.5, application/json;q=0.5", "page"],
    ["text/plain;q=0.8, text/html", "page"],
    [CHROME, "page"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "page"], // Firefox, WebKit
    ["text/html, text/*;q=0.5, image/*, application/*", "page"], // w3m
    // A script, a shell.
    ["application/json", "json"],
    ["application/json, text/plain, */*", "json"], // axios
    ["*/*, application/json", "json"],
    ["text/plain, */*", "text"],
    ["text/plain", "text"],
    ["text/plain, */*;q=0.1", "text"],
  ] as const)("Accept: %s gets %s", (accept, form) => {
    expect(chooseListing("", accept)).toMatchObject({
      form,
      isWhole: form !== "page",
      isForBrowser: form === "page",
    });
  });

  test.each([
    ["", CHROME, "page", false],
    ["?sort=size", CHROME, "page", false],
    ["?page=2", CHROME, "page", false],
    ["?format=html", CHROME, "page", false],
    ["?format=json", CHROME, "json", true],
    ["?format=text&sort=size", CHROME, "text", true],
    ["?format=json&page=1", CHROME, "json", false],
    ["?sort=size", "*/*", "plain", true],
    ["?page=2", "*/*", "plain", false],
    ["?page=0", "*/*", "plain", true], // that is no page
    ["?format=html", "*/*", "plain", true],
    ["?format=html", PIP, "plain", true],
    ["?page=1", "text/plain", "text", false],
    ["?format=text", "application/json", "text", true],
  ] as const)("%s with Accept: %s is %s, whole: %p", (search, accept, form, isWhole) => {
    expect(chooseListing(search, accept)).toMatchObject({ form, isWhole });
  });
});
