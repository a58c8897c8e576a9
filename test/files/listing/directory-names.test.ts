import { describe, expect, test } from "bun:test";
import {
  DirectoryNames,
  type DirectoryContents,
} from "../../../src/files/listing/directory-names.ts";
import type { DirectoryContent } from "../../../src/files/root/directory-reader.ts";
import type { Watched } from "../../../src/files/root/watched.ts";
import type { Sliced } from "../../../src/files/slices/sliced.ts";
import { finish } from "../../helpers/finish.ts";

/** A directory in memory, which counts how often it is read. */
class FakeDirectory implements DirectoryContents {
  entries = 2000;
  state = 0n;
  isTraceable = true;
  reads = 0;

  *list(directory: string): Sliced<DirectoryContent> {
    this.reads++;
    const entries = Array.from({ length: this.entries }, (_, index) => ({
      name: `${index}`,
      kind: "file" as const,
    }));
    const watched = this.isTraceable ? this.#watched(directory) : undefined;
    yield;
    return { entries, watched };
  }

  isUnchanged({ fingerprint }: Watched): boolean {
    return fingerprint?.changedNs === this.state;
  }

  #watched(lookupPath: string): Watched {
    const times = { modifiedNs: 0n, changedNs: this.state };
    return { lookupPath, fingerprint: { device: 0n, inode: 0n, size: 0n, ...times } };
  }
}

function setUp() {
  const directory = new FakeDirectory();
  const names = new DirectoryNames(directory);
  const read = (path = "/d") => finish(names.read(path));
  return { directory, names, read };
}

describe("DirectoryNames", () => {
  test("keeps what it has read, while the directory stays as it is", () => {
    const { directory, names, read } = setUp();
    const first = read();
    expect(first.total).toBe(2000);
    expect(read()).toBe(first);
    expect([names.has("/d"), names.has("/e")]).toEqual([true, false]);
    directory.state++;
    expect(names.has("/d")).toBe(false);
    directory.entries = 3000;
    expect(read().total).toBe(3000);
    expect(directory.reads).toBe(2);
  });

  test("keeps nothing of a directory that may change without a trace", () => {
    const { directory, read } = setUp();
    directory.isTraceable = false;
    read();
    read();
    expect(directory.reads).toBe(2);
  });

  test("keeps nothing of a small one: that is as fast to read", () => {
    const { directory, read } = setUp();
    directory.entries = 999;
    read();
    read();
    expect(directory.reads).toBe(2);
  });

  test("keeps 300,000 names in all, of those that were used last", () => {
    const { directory, read } = setUp();
    directory.entries = 100_000;
    for (const path of ["/a", "/b", "/c", "/a", "/d"]) read(path);
    expect(directory.reads).toBe(4);
    read("/a"); // kept, for it was used after /b
    read("/c");
    read("/d");
    expect(directory.reads).toBe(4);
    read("/b");
    expect(directory.reads).toBe(5);
  });
});
