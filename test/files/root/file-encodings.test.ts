import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { FileEncodings } from "../../../src/files/root/file-encodings.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";
import { useTree } from "../../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

const UTF8 = Buffer.from("é");
const LATIN1 = Buffer.from("caf\xe9 au lait", "latin1");

const tree = useTree({ "a.txt": UTF8 });
let descriptor: number;

beforeAll(() => {
  descriptor = openSync(tree.at("a.txt"), "r");
});

afterAll(() => closeSync(descriptor));

/** A large file in a state. */
function stateOf(inode: bigint, isSettled = true) {
  const fingerprint = { device: 1n, inode, size: 1n, modifiedNs: 1n, changedNs: 1n };
  return { descriptor, fingerprint, content: undefined, isSettled };
}

describe("A5 FileEncodings.of()", () => {
  test("reads a large file once in each state", () => {
    const encodings = new FileEncodings();
    writeFileSync(tree.at("a.txt"), UTF8);
    expect(encodings.find("a.txt", stateOf(1n))).toBe("utf-8");
    writeFileSync(tree.at("a.txt"), LATIN1);
    expect(encodings.find("a.txt", stateOf(1n))).toBe("utf-8");
    expect(encodings.find("a.txt", stateOf(2n))).toBe("unknown");
  });

  test("remembers nothing of a file that may change without a trace", () => {
    const encodings = new FileEncodings();
    writeFileSync(tree.at("a.txt"), UTF8);
    expect(encodings.find("a.txt", stateOf(1n, false))).toBe("utf-8");
    writeFileSync(tree.at("a.txt"), LATIN1);
    expect(encodings.find("a.txt", stateOf(1n, false))).toBe("unknown");
    expect(encodings.find("a.txt", stateOf(1n))).toBe("unknown");
  });

  test("takes the bytes in memory, and reads nothing that is no text", () => {
    const encodings = new FileEncodings();
    expect(encodings.find("a.txt", { ...stateOf(1n), descriptor: -1, content: UTF8 })).toBe(
      "utf-8",
    );
    expect(encodings.find("a.png", { ...stateOf(1n), descriptor: -1 })).toBe("unknown");
  });
});
