import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { parseAutocannon } from "./autocannon.ts";

setDefaultTimeout(PATIENCE_MS);

describe("parseAutocannon()", () => {
  test("reads the totals", () => {
    const report = {
      requests: { average: 9000, total: 18000, sent: 18064 },
      latency: { average: 1, p50: 1, p97_5: 2, p99: 3, max: 40 },
      duration: 2.01,
      errors: 1,
      timeouts: 0,
      non2xx: 2,
    };
    expect(parseAutocannon(JSON.stringify(report))).toEqual({
      requests: 18000,
      seconds: 2.01,
      failures: 3,
      p50Ms: 1,
      p99Ms: 3,
      maxMs: 40,
    });
  });

  test.each(["{}", "null", '{"requests":{"total":"1"}}', "[]"])("throws for %s", (output) =>
    expect(() => parseAutocannon(output)).toThrow("something else"),
  );
});
