import { describe, expect, spyOn, test } from "bun:test";
import { DirectoryOrders } from "../../../src/files/listing/directory-orders.ts";
import { NameOrder } from "../../../src/files/listing/name-order.ts";
import type { SortKey, SortOrder } from "../../../src/files/listing/order.ts";
import { DirectoryReader } from "../../../src/files/root/directory-reader.ts";
import { DirectoryScan } from "../../../src/files/root/directory-scan.ts";
import { DocumentRoot } from "../../../src/files/root/document-root.ts";
import { Slices } from "../../../src/files/slices/slices.ts";
import { makeTree } from "../../helpers/tree.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A small directory that counts as large, and takes as many turns to read as a large one. */
function setUp() {
  const tree = makeTree({ "c.txt": "1", "a.txt": "333", "b.txt": "22", "d/": "" });
  const reader = new DirectoryReader(DocumentRoot.open(tree.path, { hidden: false }), undefined);
  reader.isLarge = () => true;
  const list = reader.list.bind(reader);
  reader.list = function* (directory) {
    for (let turns = 0; turns < 100; turns++) yield nextTurn();
    return yield* list(directory);
  };
  const orders = new DirectoryOrders(reader);
  const slices = new Slices();
  const ask = async (sort: SortKey, order: SortOrder, start = 0, filter?: string) => {
    const entries = await slices.run(orders.read(tree.path, { sort, order, filter }));
    const shown = await slices.run(entries.slice(start, start + 2));
    return { ...entries, names: shown.map(({ name }) => name) };
  };
  return { ask, [Symbol.dispose]: () => tree[Symbol.dispose]() };
}

describe("DirectoryOrders", () => {
  test.each<[SortKey, SortOrder, string[]]>([
    ["name", "asc", ["d", "a.txt"]],
    ["name", "desc", ["d", "c.txt"]],
    ["size", "desc", ["d", "a.txt"]],
    ["size", "asc", ["d", "c.txt"]],
  ])("by %s, %s, begins with %j", async (sort, order, names) => {
    using directory = setUp();
    const totalBytes = sort === "size" ? 6 : undefined;
    const listed = await directory.ask(sort, order);
    expect(listed).toMatchObject({ names, total: 4, directories: 1, unfiltered: 4, totalBytes });
  });

  test.each<[string, SortKey, object]>([
    ["TXT", "name", { names: ["a.txt", "b.txt"], total: 3, directories: 0 }],
    ["TXT", "size", { names: ["a.txt", "b.txt"], total: 3, totalBytes: 6 }],
    ["B.", "size", { names: ["b.txt"], total: 1, totalBytes: 2 }],
    ["/", "name", { names: ["d"], total: 1, directories: 1 }],
    ["nothing", "time", { names: [], total: 0, directories: 0, totalBytes: 0 }],
  ])("filtered by %s, by %s, has %p", async (filter, sort, wanted) => {
    using directory = setUp();
    const listed = await directory.ask(sort, sort === "name" ? "asc" : "desc", 0, filter);
    expect(listed).toMatchObject({ ...wanted, unfiltered: 4 });
  });

  test("E6 filters once for all who wait for the same", async () => {
    using directory = setUp();
    const filtered = spyOn(NameOrder.prototype, "filter");
    try {
      const all = Array.from({ length: 60 }, (_, index) =>
        directory.ask("name", "asc", 0, index % 3 === 0 ? "a" : "b"),
      );
      const names = (await Promise.all(all)).map((each) => each.names.join());
      expect(new Set(names)).toEqual(new Set(["a.txt", "b.txt"]));
      // One that had begun, and one for each filter.
      expect(filtered).toHaveBeenCalledTimes(3);
    } finally {
      filtered.mockRestore();
    }
  });

  test("D9 measures once for all who wait for the same, whatever their page", async () => {
    using directory = setUp();
    const measured = spyOn(DirectoryScan.prototype, "measureAll");
    try {
      const all = Array.from({ length: 60 }, (_, index) =>
        directory.ask("size", index % 3 === 0 ? "asc" : "desc", index % 2),
      );
      const names = (await Promise.all(all)).map((each) => each.names.join());
      expect(new Set(names)).toEqual(new Set(["d,c.txt", "c.txt,b.txt", "d,a.txt", "a.txt,b.txt"]));
      // One that had begun, and one for each order.
      expect(measured).toHaveBeenCalledTimes(3);
    } finally {
      measured.mockRestore();
    }
  });
});
