import { beforeAll, describe, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { readdirSync, readlinkSync, rmSync, utimesSync } from "node:fs";
import { DirectoryOrders } from "../../../src/files/listing/directory-orders.ts";
import { DirectoryReader } from "../../../src/files/root/directory-reader.ts";
import { DirectoryScan } from "../../../src/files/root/directory-scan.ts";
import { DocumentRoot } from "../../../src/files/root/document-root.ts";
import { Slices } from "../../../src/files/slices/slices.ts";
import { WholeListings, type SortLimits } from "../../../src/files/listing/whole-listings.ts";
import { chooseListing } from "../../../src/files/listing/choose-listing.ts";
import { CALLS } from "../../helpers/directory-calls.ts";
import { finish } from "../../helpers/finish.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";
import { makeTree, type Content } from "../../helpers/tree.ts";
import { useTree } from "../../helpers/use-test-server.ts";

setDefaultTimeout(PATIENCE_MS);

/** More than are listed at once, and in more than one piece. */
const MANY = 1300;
const NAMES = Array.from({ length: MANY }, (_, index) => `an entry of many, number ${index}.txt`);

const ROOMY: SortLimits = { entries: 10_000, heldEntries: 200_000, askedEntries: MANY };

const tree = useTree({
  ...filesIn("many"),
  "many/zebra/": "",
  "few/b": "bb",
  "few/a": "a",
  "empty/": "",
});

beforeAll(() => {
  // In an order that is neither that of the names nor that of the sizes.
  NAMES.forEach((name, index) => utimesSync(tree.at(`many/${name}`), 1, (index * 7) % MANY));
});

function filesIn(directory: string): Record<string, Content> {
  return Object.fromEntries(NAMES.map((name) => [`${directory}/${name}`, ""]));
}

describe.each(CALLS)("WholeListings by the calls of %s", (_whose, calls) => {
  function makeListings(limits?: SortLimits) {
    const root = DocumentRoot.open(tree.path, { hidden: false });
    const reader = new DirectoryReader(root, calls);
    reader.isLarge = () => true; // so that it waits for its turn
    const listings = new WholeListings(reader, new DirectoryOrders(reader), new Slices(), limits);
    const locate = (name: string) => ({ path: `${root.path}/${name}`, segments: [name] });
    return {
      listings,
      few: (name: string, search = "") =>
        finish(listings.readFew(locate(name), chooseListing(search, undefined).query)),
      stream: (search = "", signal = new AbortController().signal, name = "many") =>
        listings.stream(locate(name), chooseListing(`?format=text&${search}`, undefined), signal),
    };
  }

  const take = async (chunks: AsyncIterable<Uint8Array>) => {
    const pieces = await Array.fromAsync(chunks);
    expect(pieces.every(({ length }) => length > 0)).toBe(true);
    return Buffer.concat(pieces).toString().split("\n").slice(0, -1);
  };

  const sorted = ["zebra/", ...NAMES];

  test("readFew() has all of a small directory, in its order, and nothing of a larger one", () => {
    const { few } = makeListings();
    expect(few("few")?.rows.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(few("few", "?sort=size")?.rows.map(({ name }) => name)).toEqual(["b", "a"]);
    expect(few("few")).toMatchObject({ total: 2, directories: 0, files: 2, pageCount: 1 });
    expect(few("few", "?filter=B")).toMatchObject({ rows: [{ name: "b" }], total: 1, files: 1 });
    expect(few("many", "?filter=b")).toBeUndefined();
    expect(few("empty")).toMatchObject({ rows: [], total: 0 });
    expect(few("many")).toBeUndefined();
  });

  test.each([
    ["", sorted],
    ["order=desc", ["zebra/", ...NAMES.toReversed()]],
    ["sort=time&order=asc", ["zebra/", ...byTime()]],
    ["sort=time", ["zebra/", ...byTime().toReversed()]],
  ])("stream() has all of a directory in order: ?%s", async (search, wanted) => {
    expect(await take(makeListings(ROOMY).stream(search))).toEqual(wanted);
  });

  function byTime(): string[] {
    return NAMES.toSorted(
      (a, b) => ((NAMES.indexOf(a) * 7) % MANY) - ((NAMES.indexOf(b) * 7) % MANY),
    );
  }

  test.each([
    ["larger than what is sorted", { ...ROOMY, entries: 1000 }],
    ["larger than what all may hold", { ...ROOMY, heldEntries: 1000 }],
  ])("stream() has all of a directory %s, in its own order unless asked", async (_what, limits) => {
    const { stream } = makeListings(limits);
    const own = await take(stream());
    expect(own).not.toEqual(sorted);
    expect(own.toSorted()).toEqual(sorted.toSorted());
    // Both wait for their turn; neither is left out.
    const asked = await Promise.all([take(stream("sort=name")), take(stream("order=desc"))]);
    expect(asked).toEqual([sorted, ["zebra/", ...NAMES.toReversed()]]);
  });

  test.each([
    ["sorted at once", ROOMY, "filter=NUMBER+12", true],
    ["sorted as asked", { ...ROOMY, entries: 100 }, "filter=number+12&sort=name", true],
    ["in the directory's own order", { ...ROOMY, entries: 100 }, "filter=number+12", false],
    [
      "few of a directory that is larger than what is sorted",
      { ...ROOMY, entries: 200 },
      "filter=er+12",
      true,
    ],
    ["none", ROOMY, "filter=number+12*", true],
    ["all", ROOMY, "filter=", true],
  ])("E6 stream() has what matches, %s", async (_what, limits, search, isSorted) => {
    const wanted = sorted.filter((name) =>
      name.toUpperCase().includes(new URLSearchParams(search).get("filter")?.toUpperCase() ?? ""),
    );
    const taken = await take(makeListings(limits).stream(search));
    expect(isSorted ? taken : taken.toSorted()).toEqual(isSorted ? wanted : wanted.toSorted());
  });

  test("stream() gives back what it held, to the end or not", async () => {
    const { stream } = makeListings({ ...ROOMY, heldEntries: MANY + 1 });
    const first = stream();
    await first.next();
    expect(await take(stream())).not.toEqual(sorted);
    await first.return(undefined);
    expect(await take(stream())).toEqual(sorted);
    expect(await take(stream())).toEqual(sorted);
  });

  test("D9 stream() holds up nobody while a client does not take what was sorted for it", async () => {
    const { listings, stream } = makeListings({ ...ROOMY, entries: 1000 });
    const stalled = [stream("sort=name"), stream("sort=name"), stream("sort=size")];
    for (const each of stalled) await each.next();
    expect(listings.isFull).toBe(true);
    expect(await take(stream("sort=name"))).toEqual(sorted);
    for (const each of stalled) {
      expect(listings.isFull).toBe(true);
      await each.return(undefined);
    }
    expect(listings.isFull).toBe(false);
  });

  test("D9 stream() sorts once for those who wait for the same", async () => {
    const looks = spyOn(DirectoryScan.prototype, "measureAll");
    try {
      const { stream } = makeListings({ ...ROOMY, entries: 1000 });
      const all = await Promise.all(Array.from({ length: 20 }, () => take(stream("sort=time"))));
      for (const each of all) expect(each).toEqual(["zebra/", ...byTime().toReversed()]);
      expect(looks.mock.calls.length).toBeLessThan(5);
    } finally {
      looks.mockRestore();
    }
  });

  test("stream() passes its turn on when its client went while it waited", async () => {
    const { stream } = makeListings({ ...ROOMY, entries: 1000 });
    const client = new AbortController();
    const first = stream("sort=name");
    await first.next();
    const waiting = stream("sort=name", client.signal).next().catch(String);
    const last = take(stream("sort=name"));
    client.abort(new Error("gone"));
    await first.return(undefined);
    expect(await waiting).toBe("Error: gone");
    expect(await last).toEqual(sorted);
  });

  test.skipIf(process.platform !== "linux")(
    "stream() stops and closes the directory when its client goes, at whatever point",
    async () => {
      const { stream } = makeListings({ ...ROOMY, entries: 1000 });
      for (const taken of [0, 1, 2]) {
        for (const search of ["", "sort=size"]) {
          const client = new AbortController();
          const chunks = stream(search, client.signal);
          for (let count = 0; count < taken; count++) await chunks.next();
          const next = chunks.next().catch(String);
          client.abort(new Error("gone"));
          expect(await next).toBe("Error: gone");
          expect(openIn(tree.at("many"))).toBe(0);
        }
      }
      // Whoever waited for a turn has it now.
      expect(await take(stream("sort=name"))).toEqual(sorted);
    },
  );
});

test.skipIf(process.platform !== "linux")(
  "stream() fails when the directory can be read no more, and does not end",
  async () => {
    using other = makeTree(filesIn("many"));
    const root = DocumentRoot.open(other.path, { hidden: false });
    const scanned = new DirectoryReader(root, CALLS.at(-1)?.[1]);
    const listings = new WholeListings(scanned, new DirectoryOrders(scanned), new Slices(), {
      ...ROOMY,
      entries: 1000,
      heldEntries: 0,
    });
    const choice = chooseListing("?format=text", undefined);
    const many = { path: `${root.path}/many`, segments: ["many"] };
    const chunks = listings.stream(many, choice, new AbortController().signal);
    expect((await chunks.next()).done).toBe(false);
    rmSync(other.at("many"), { recursive: true });
    expect(async () => await chunks.next()).toThrow("cannot be read");
    expect(openIn(`${other.at("many")} (deleted)`)).toBe(0);
  },
);

/** How many descriptors of this process are of a directory. */
function openIn(path: string): number {
  return readdirSync("/proc/self/fd").filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      return false; // the one that this look took
    }
  }).length;
}
