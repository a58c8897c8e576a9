import { expect, test } from "bun:test";
import { ConnectionReader } from "../../src/http/connection.ts";

test.each([
  [undefined, false, false],
  ["", false, false],
  ["keep-alive", false, false],
  ["closed, upgraded", false, false],
  ["close", true, false],
  ["Upgrade", false, true],
  ["keep-alive, Upgrade", false, true],
  [" UPGRADE ,, Close", true, true],
])("C7 ConnectionReader reads %j: closes %p, upgrades %p", (field, closes, upgrades) => {
  const reader = new ConnectionReader();
  for (const each of ["close", field, field, undefined]) {
    const expected =
      each === field ? { closes, upgrades } : { closes: each !== undefined, upgrades: false };
    expect(reader.read(each)).toEqual(expected);
  }
});
