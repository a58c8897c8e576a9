import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "../helpers/raw-http.ts";
import type { Tree } from "../helpers/tree.ts";
import type { Attack } from "./attack.ts";
import { allAtOnce, someAtOnce, tally, Unread } from "./clients.ts";

const BROWSER = { Accept: "text/html" };

/** The size of the file outside the root that must not be told, in bytes. */
const SECRET_BYTES = 7_654_321;

function fillDirectory(name: string, entries: number) {
  return (tree: Tree) => {
    mkdirSync(tree.at(name));
    for (let index = 0; index < entries; index++) {
      closeSync(openSync(tree.at(`${name}/an entry, number ${index}.txt`), "w"));
    }
  };
}

/** A directory in the root that is swapped for a link to one outside, again and again. */
function swapEndlessly(tree: Tree) {
  const script = `
    const { renameSync } = require("node:fs");
    const [inside, link, place] = process.argv.slice(1);
    for (;;) {
      renameSync(place, inside); renameSync(link, place);
      renameSync(place, link); renameSync(inside, place);
    }
  `;
  const paths = ["inside", "link", "root/place"].map((name) => tree.at(name));
  return Bun.spawn([process.execPath, "-e", script, ...paths], {
    stdio: ["ignore", "ignore", "ignore"],
  });
}

/** Everything that makes the server list directories. */
export const LISTING_ATTACKS: readonly Attack[] = [
  {
    row: "D6",
    name: "4,000 listings of a directory that is swapped for a link to outside",
    directory: "root",
    fill: (tree) => {
      for (const name of ["root/place", "outside"]) mkdirSync(tree.at(name), { recursive: true });
      writeFileSync(tree.at("root/place/file.bin"), "inside");
      writeFileSync(tree.at("outside/file.bin"), Buffer.alloc(SECRET_BYTES));
      symlinkSync(tree.at("outside"), tree.at("link"));
    },
    run: async ({ port, tree }) => {
      const swapping = swapEndlessly(tree);
      let told = 0;
      let listed = 0;
      await someAtOnce(4000, 4, async () => {
        const { body, status } = await request(port, "GET", "/place/?format=json");
        if (status === 200) listed++;
        if (body.includes(String(SECRET_BYTES))) told++;
      }).finally(() => swapping.kill());
      await swapping.exited;
      return {
        seen: `${listed} listed, ${told} with the size of a file outside`,
        isKept: told === 0,
      };
    },
  },
  {
    row: "D9",
    name: "60 pages of 100,000 entries by time, and another client's by size",
    fill: fillDirectory("huge", 100_000),
    isTimed: true,
    run: async ({ port }) => {
      const ask = (query: string) => request(port, "GET", `/huge/?${query}`, BROWSER);
      const pages = allAtOnce(60, (index) => ask(`sort=time&page=${index + 1}`));
      const startMs = performance.now();
      const other = await ask("sort=size");
      const seconds = (performance.now() - startMs) / 1000;
      const all = [...(await pages), other];
      return {
        seen: `${tally(all)}, the other after ${seconds.toFixed(1)} s`,
        isKept: all.every(({ status }) => status === 200) && seconds < 10,
      };
    },
  },
  {
    row: "D9",
    name: "40 whole listings of 100,000 entries by time, half of them unread",
    fill: fillDirectory("huge", 100_000),
    isTimed: true,
    run: async ({ port }) => {
      using unread = new Unread();
      await allAtOnce(20, () => unread.ask(port, "/huge/?sort=time"));
      const startMs = performance.now();
      const read = await allAtOnce(20, () => request(port, "GET", "/huge/?sort=time"));
      const seconds = (performance.now() - startMs) / 1000;
      return {
        seen: `${tally(read)} after ${seconds.toFixed(1)} s`,
        isKept: read.every(({ status }) => status === 200),
      };
    },
  },
  {
    row: "D9",
    name: "500 listings of 3,000 entries at once, in four orders",
    fill: fillDirectory("many", 3000),
    run: async ({ port }) => {
      const orders = ["sort=time", "sort=size", "sort=size&order=asc", "order=desc"];
      const all = await allAtOnce(500, (index) =>
        request(port, "GET", `/many/?${orders[index % 4]}`, BROWSER),
      );
      return { seen: tally(all), isKept: all.every(({ status }) => status === 200) };
    },
  },
  {
    row: "D9",
    name: "500 pages of 100,000 entries that nobody reads",
    fill: fillDirectory("huge", 100_000),
    isLong: true,
    run: async ({ port }) => {
      using unread = new Unread();
      await allAtOnce(500, (index) =>
        unread.ask(
          port,
          `/huge/?page=${index % 100}&order=${index < 250 ? "asc" : "desc"}`,
          BROWSER,
        ),
      );
      await Bun.sleep(5000);
      const { status } = await request(port, "GET", "/rest");
      return { seen: `the next answer is ${status}`, isKept: status === 200 };
    },
  },
];
