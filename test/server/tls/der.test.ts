import { describe, expect, test } from "bun:test";
import {
  derBitString,
  derBoolean,
  derExplicit,
  derImplicit,
  derInteger,
  derNamedBits,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSet,
  derTime,
  derUtf8String,
} from "../../../src/server/tls/der.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("derInteger() keeps a number positive and as short as it can be (X.690 §8.3.2)", () => {
  test.each([
    ["", "020100"],
    ["00", "020100"],
    ["000000", "020100"],
    ["7f", "02017f"],
    ["80", "02020080"],
    ["0080", "02020080"],
    ["007f", "02017f"],
    ["ff", "020200ff"],
    ["0100", "02020100"],
    ["8000", "0203008000"],
    ["00ffffffff", "020500ffffffff"],
    ["ff".repeat(20), `021500${"ff".repeat(20)}`],
  ])("%s is %s", (magnitude, wanted) => {
    expect(hex(derInteger(Buffer.from(magnitude, "hex")))).toBe(wanted);
  });
});

describe("a length takes as few bytes as it can (X.690 §8.1.3, §10.1)", () => {
  test.each([
    [0, "0400"],
    [1, "0401"],
    [127, "047f"],
    [128, "048180"],
    [255, "0481ff"],
    [256, "04820100"],
    [65_535, "0482ffff"],
    [65_536, "0483010000"],
  ])("%i bytes begin with %s", (length, head) => {
    const value = derOctetString(Buffer.alloc(length, 0xaa));
    expect(hex(value.subarray(0, head.length / 2))).toBe(head);
    expect(value.length).toBe(head.length / 2 + length);
  });
});

describe("derObjectIdentifier() (X.690 §8.19)", () => {
  test.each([
    ["2.5.29.17", "0603551d11"],
    ["0.0", "060100"],
    ["1.2.840.113549", "06062a864886f70d"],
    ["1.2.840.10045.3.1.7", "06082a8648ce3d030107"],
    ["1.2.127", "06022a7f"],
    ["1.2.128", "06032a8100"],
    ["1.2.16383", "06032aff7f"],
    ["1.2.16384", "06042a818000"],
    // The example of X.690 §8.19.5: the first two arcs come to 1079, over one byte.
    ["2.999.3", "0603883703"],
    ["1.2.4294967295", "06062a8fffffff7f"],
    // Over 32 bits, where shifts go wrong.
    ["1.2.4294967296", "06062a9080808000"],
    ["2.25.9007199254740991", "0609698fffffffffffff7f"],
  ])("%s is %s", (dotted, wanted) => {
    expect(hex(derObjectIdentifier(dotted))).toBe(wanted);
  });
});

describe("derNamedBits() leaves out the zeros at the end (X.690 §11.2.2)", () => {
  test.each([
    [[], "030100"],
    [[0], "03020780"],
    [[0, 2], "030205a0"],
    [[5, 6], "03020106"],
    [[7], "03020001"],
    [[8], "0303070080"],
    [[0, 8], "0303078080"],
  ])("%j is %s", (numbers, wanted) => {
    expect(hex(derNamedBits(numbers))).toBe(wanted);
  });
});

describe("derTime() has two digits for the year up to 2049, and four from then on (RFC 5280 §4.1.2.5)", () => {
  test.each([
    ["1970-01-01T00:00:00.000Z", "700101000000Z", 0x17],
    ["1999-12-31T23:59:59.999Z", "991231235959Z", 0x17],
    ["2026-02-03T04:05:06.789Z", "260203040506Z", 0x17],
    ["2049-12-31T23:59:59.999Z", "491231235959Z", 0x17],
    ["2050-01-01T00:00:00.000Z", "20500101000000Z", 0x18],
    ["9999-12-31T23:59:59.000Z", "99991231235959Z", 0x18],
  ])("%s is %s", (time, text, tag) => {
    const value = derTime(new Date(time));
    expect(value[0]).toBe(tag);
    expect(value[1]).toBe(text.length);
    expect(value.subarray(2).toString()).toBe(text);
  });
});

test.each([
  ["derBoolean(true)", derBoolean(true), "0101ff"],
  ["derBoolean(false)", derBoolean(false), "010100"],
  ["derBitString() of bytes", derBitString(Uint8Array.of(1, 0x80)), "0303000180"],
  ["derBitString() of none", derBitString(Uint8Array.of()), "030100"],
  ["derUtf8String()", derUtf8String("é"), "0c02c3a9"],
  ["derSequence() of none", derSequence(), "3000"],
  [
    "derSequence() of two",
    derSequence(derBoolean(true), derInteger(Uint8Array.of(5))),
    "30060101ff020105",
  ],
  ["derSet()", derSet(derBoolean(true)), "31030101ff"],
  ["derExplicit() wraps", derExplicit(3, derBoolean(true)), "a3030101ff"],
  ["derImplicit() replaces", derImplicit(2, Buffer.from("a")), "820161"],
])("%s", (_, value, wanted) => {
  expect(hex(value)).toBe(wanted);
});
