import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { parseWrk } from "./load.ts";

setDefaultTimeout(PATIENCE_MS);

describe("parseWrk()", () => {
  test("reads our line among wrk's own", () => {
    const output = `Running 2s test @ http://127.0.0.1:8000/
  1 threads and 64 connections
  92144 requests in 2.00s, 122.42MB read
Requests/sec:  46071.15

counted 92144 128366352 7 3 2003000
`;
    expect(parseWrk(output)).toEqual({
      answers: 92144,
      bytes: 128366352,
      refusals: 7,
      failures: 3,
      seconds: 2.003,
    });
  });

  test.each(["", "Running 2s test\n", "counted 1 2 3 4\n", "counted -1 2 3 4 5\n"])(
    "throws for %j",
    (output) => expect(() => parseWrk(output)).toThrow("counted nothing"),
  );
});
