import { describe, expect, test } from "bun:test";
import { chooseCoding } from "../../src/http/accept-encoding.ts";

describe("chooseCoding() (RFC 9110 §12.5.3)", () => {
  test.each([
    [undefined, "identity"],
    ["", "identity"],
    ["garbage", "identity"],
    ["br;q=x", "identity"],
    ["br;q", "identity"],
    ["br;q=1.5, gzip;q=0.1", "gzip"],
    ["deflate", "identity"],
    ["gzip", "gzip"],
    ["x-gzip", "gzip"],
    ["GZIP", "gzip"],
    ["gzip, deflate, br, zstd", "zstd"],
    ["gzip, br", "br"],
    ["gzip;q=1.0, br;q=0.5", "gzip"],
    ["*", "zstd"],
    ["*;q=0.5, gzip", "gzip"],
    ["zstd;q=0, *", "br"],
    ["zstd;q=0, br;q=0, gzip;q=0", "identity"],
    ["*;q=0", undefined],
    ["identity;q=0", undefined],
    ["identity;q=0, gzip", "gzip"],
    ["*;q=0, identity", "identity"],
    ["*;q=0, identity;q=0.1, gzip;q=0.2", "gzip"],
    ["identity", "identity"],
    // Identity wins only if it was given the higher weight.
    ["identity;q=1, gzip;q=0.5", "identity"],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["identity;q=0.5, gzip", "gzip"],
    ["gzip;q=0, gzip", "identity"],
  ] as const)("%j chooses %s", (field, coding) => {
    expect(chooseCoding(field, ["zstd", "br", "gzip"])).toBe(coding);
  });

  test.each([
    ["gzip, br", "identity"],
    ["*;q=0", undefined],
  ] as const)("%j with nothing available chooses %s", (field, coding) => {
    expect(chooseCoding(field, [])).toBe(coding);
  });
});
