import { compareKeyed, keyByName } from "../../src/files/listing/order.ts";

/** Compares names as a listing does, though a listing makes each key only once. */
export function compareNames(a: string, b: string): number {
  return compareKeyed(keyOf(a), keyOf(b));
}

function keyOf(name: string) {
  return keyByName({ name, kind: "file" });
}
