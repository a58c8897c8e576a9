import { describe, expect, test } from "bun:test";
import { addressBytes } from "../../../src/server/tls/certificate.ts";

describe("addressBytes() are those of the address, in every spelling (RFC 5280 §4.2.1.6)", () => {
  test.each([
    ["127.0.0.1", "7f000001"],
    ["255.255.255.255", "ffffffff"],
    ["::", "00000000000000000000000000000000"],
    ["::1", "00000000000000000000000000000001"],
    ["1::", "00010000000000000000000000000000"],
    ["fe80::1:2", "fe800000000000000000000000010002"],
    ["FE80:0:0::2", "fe800000000000000000000000000002"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
    ["::ffff:192.0.2.1", "00000000000000000000ffffc0000201"],
  ])("%s is %s", (address, wanted) => {
    expect(addressBytes(address).toString("hex")).toBe(wanted);
  });
});
