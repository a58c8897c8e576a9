import { expect, test } from "bun:test";
import { isDelivering } from "../../src/system/delivery.ts";

test.each([
  ["nothing is on its way", {}, false],
  ["the client has not confirmed all", { segmentsInFlight: 1 }, true],
  ["the kernel holds some", { bytesUnsent: 1 }, true],
  ["some was sent a moment ago, and Bun may hold more", { quietMs: 99 }, true],
])("isDelivering(): %s", (_what, facts, expected) => {
  const still = { quietMs: 100, segmentsInFlight: 0, bytesUnsent: 0 };
  expect(isDelivering({ ...still, ...facts }, 100)).toBe(expected);
});
