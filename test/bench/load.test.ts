import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { parseAutocannon, parseWrk } from "./load.ts";

setDefaultTimeout(PATIENCE_MS);

describe("parseWrk()", () => {
  test("reads our line among wrk's own", () => {
    const output = `Running 2s test @ http://127.0.0.1:8000/
  1 threads and 64 connections
  92144 requests in 2.00s, 122.42MB read
Requests/sec:  46071.15

counted 92144 128366352 7 3
`;
    expect(parseWrk(output)).toEqual({
      answers: 92144,
      bytes: 128366352,
      refusals: 7,
      failures: 3,
    });
  });

  test.each(["", "Running 2s test\n", "counted 1 2 3\n", "counted -1 2 3 4\n"])(
    "throws for %j",
    (output) => expect(() => parseWrk(output)).toThrow("counted nothing"),
  );
});

describe("parseAutocannon()", () => {
  test("reads the totals", () => {
    const report = {
      requests: { average: 9000, total: 18000, sent: 18064 },
      throughput: { average: 1, total: 21000000 },
      errors: 1,
      timeouts: 0,
      non2xx: 2,
    };
    expect(parseAutocannon(JSON.stringify(report))).toEqual({
      answers: 18000,
      bytes: 21000000,
      refusals: 2,
      failures: 1,
    });
  });

  test.each(["{}", "null", '{"requests":{"total":"1"}}', "[]"])("throws for %s", (output) =>
    expect(() => parseAutocannon(output)).toThrow("something else"),
  );
});
