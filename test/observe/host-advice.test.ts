import { expect, test } from "bun:test";
import { adviseOnHosts } from "../../src/observe/host-advice.ts";

function makeAdvice() {
  const lines: unknown[] = [];
  const clock = { ms: 7 };
  const advise = adviseOnHosts(
    (line) => void lines.push(line),
    () => clock.ms,
  );
  return { lines, clock, advise };
}

test("A12 adviseOnHosts() tells once for a name what to start with", () => {
  const { lines, clock, advise } = makeAdvice();
  for (const name of ["x.example", "x.example", undefined, undefined, "y.example"]) advise(name);
  clock.ms += 1_000_000;
  advise("x.example");
  expect(lines).toEqual(
    ["x.example", "NAME", "y.example"].map(
      (name) =>
        `refused a request for another host name; to accept it, start with --allow-host ${name}`,
    ),
  );
});

test("A12 adviseOnHosts() writes five lines in ten seconds, and twenty at most", () => {
  const { lines, clock, advise } = makeAdvice();
  const scan = () => {
    for (let index = 0; index < 1000; index++) advise(`${clock.ms}-${index}.example`);
  };
  scan();
  expect(lines.length).toBe(5);
  clock.ms += 9_999;
  scan();
  expect(lines.length).toBe(5);
  clock.ms += 1;
  scan();
  expect(lines.length).toBe(10);
  advise("left-out.example");
  clock.ms += 10_000;
  advise("left-out.example"); // what there was no room for is told of later
  expect(lines.at(-1)).toContain("left-out.example");
  for (let period = 0; period < 9; period++) {
    clock.ms += 10_000;
    scan();
  }
  expect(lines.length).toBe(20);
});
