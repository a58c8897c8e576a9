/**
 * Writes ASN.1 values by the Distinguished Encoding Rules (ITU-T X.690), as far as a certificate
 * needs them: a tag, a length, and the content.
 */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** X.690 §8.1.2.2. */
const CONTEXT_SPECIFIC = 0x80;
const CONSTRUCTED = 0x20;

/** Encodes a BOOLEAN: X.690 §8.2 and §11.1. */
export function derBoolean(value: boolean): Buffer {
  return encode(TAG.boolean, Buffer.from([value ? 0xff : 0x00]));
}

/**
 * Encodes an INTEGER that is not negative: X.690 §8.3.
 *
 * @param magnitude its bytes, the highest first; leading zeros are dropped
 * @example derInteger(Buffer.from([0x80])) // 02 02 00 80, as 02 01 80 would be -128
 */
export function derInteger(magnitude: Uint8Array): Buffer {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Uint8Array.of(0) : magnitude.subarray(first);
  const isNegative = (digits[0] ?? 0) >= 0x80;
  return encode(TAG.integer, Buffer.concat([Buffer.alloc(isNegative ? 1 : 0), digits]));
}

/** Encodes a BIT STRING whose last byte has that many unused bits: X.690 §8.6. */
export function derBitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return encode(TAG.bitString, Buffer.concat([Buffer.from([unusedBits]), bytes]));
}

/**
 * Encodes a BIT STRING of named bits from the numbers of the set ones: X.690 §11.2.2, which drops
 * the zeros at the end.
 *
 * @example derNamedBits([0]) // 03 02 07 80
 */
export function derNamedBits(numbers: readonly number[]): Buffer {
  const last = Math.max(-1, ...numbers);
  const bytes = Buffer.alloc(Math.ceil((last + 1) / 8));
  for (const number of numbers) {
    const index = number >> 3;
    bytes[index] = (bytes[index] ?? 0) | (0x80 >> (number & 7));
  }
  return derBitString(bytes, bytes.length * 8 - (last + 1));
}

/** Encodes an OCTET STRING: X.690 §8.7. */
export function derOctetString(bytes: Uint8Array): Buffer {
  return encode(TAG.octetString, bytes);
}

/**
 * Encodes an OBJECT IDENTIFIER: X.690 §8.19.
 *
 * @param dotted at least two numbers
 * @example derObjectIdentifier("2.5.29.17") // 06 03 55 1d 11
 */
export function derObjectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const arcs = [first * 40 + second, ...others];
  return encode(TAG.objectIdentifier, Buffer.from(arcs.flatMap(sevenBits)));
}

/** Encodes a UTF8String: X.690 §8.23. */
export function derUtf8String(text: string): Buffer {
  return encode(TAG.utf8String, Buffer.from(text));
}

/** Encodes a time in whole seconds: a UTCTime up to 2049, then a GeneralizedTime (RFC 5280 §4.1.2.5). */
export function derTime(time: Date): Buffer {
  const digits = time.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  return time.getUTCFullYear() < 2050
    ? encode(TAG.utcTime, Buffer.from(digits.slice(2)))
    : encode(TAG.generalizedTime, Buffer.from(digits));
}

/** Encodes a SEQUENCE: X.690 §8.9. */
export function derSequence(...values: readonly Uint8Array[]): Buffer {
  return encode(TAG.sequence, Buffer.concat(values));
}

/** Encodes a SET of one value, which needs no order: X.690 §8.11. */
export function derSet(value: Uint8Array): Buffer {
  return encode(TAG.set, value);
}

/** Wraps a value in another tag around its own: X.690 §8.14.2. */
export function derExplicit(tagNumber: number, value: Uint8Array): Buffer {
  return encode(CONTEXT_SPECIFIC | CONSTRUCTED | tagNumber, value);
}

/** Encodes content under a tag that replaces its own: X.690 §8.14.3. */
export function derImplicit(tagNumber: number, content: Uint8Array): Buffer {
  return encode(CONTEXT_SPECIFIC | tagNumber, content);
}

function encode(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

/** Encodes a length by X.690 §8.1.3, in the shortest form (§10.1). */
function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = baseDigits(length, 0x100);
  return Buffer.from([0x80 | digits.length, ...digits]);
}

/** Splits a number into seven bits per byte, with the high bit set in all but the last. */
function sevenBits(arc: number): number[] {
  const digits = baseDigits(arc, 0x80);
  return digits.map((digit, index) => (index < digits.length - 1 ? 0x80 | digit : digit));
}

/** Returns the digits, the highest first; it divides, as shifts would cut an arc to 32 bits. */
function baseDigits(value: number, base: number): number[] {
  const higher = Math.floor(value / base);
  return higher === 0 ? [value] : [...baseDigits(higher, base), value % base];
}
