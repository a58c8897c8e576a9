import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { pathToFileURL } from "node:url";
import {
  MarkdownThread,
  type MarkdownThreadOptions,
} from "../../../src/files/listing/markdown-thread.ts";
import { PATIENCE_MS } from "../../helpers/patience.ts";
import { makeTree } from "../../helpers/tree.ts";

setDefaultTimeout(PATIENCE_MS);

/** Renders nothing, or for ever; tells by its number which thread it is. */
const FAKE = `
  const number = crypto.randomUUID();
  self.onmessage = ({ data }) => {
    while (data === "for ever");
    self.postMessage(data === "too long" ? undefined : number);
  };
`;

function setUp(options: Partial<MarkdownThreadOptions> = {}) {
  const tree = makeTree({ "fake.js": FAKE });
  const errors: unknown[] = [];
  const entry = pathToFileURL(tree.at("fake.js"));
  const logError = (error: unknown) => void errors.push(error);
  const thread = new MarkdownThread({ logError, entry, ...options });
  const end = () => {
    thread[Symbol.dispose]();
    tree[Symbol.dispose]();
  };
  return { thread, errors, [Symbol.dispose]: end };
}

/** Renders; returns the fake's number for HTML, and otherwise the kind. */
async function render(thread: MarkdownThread, markdown: string): Promise<string> {
  const rendering = await thread.render(markdown);
  return rendering.kind === "html" ? rendering.html : rendering.kind;
}

describe("D2 MarkdownThread", () => {
  test("renders in one thread, one text after the other", async () => {
    using fake = setUp();
    const numbers = await Promise.all(["a", "b", "c"].map((text) => render(fake.thread, text)));
    expect(new Set(numbers).size).toBe(1);
    expect(await render(fake.thread, "too long")).toBe("unfit");
  });

  test("terminates a thread that misses the deadline, and starts another", async () => {
    using fake = setUp({ deadlineMs: 1000 });
    const first = await render(fake.thread, "a");
    const late = render(fake.thread, "for ever");
    const waiting = render(fake.thread, "waits");
    expect([await late, await waiting]).toEqual(["unfit", "busy"]);
    let second = await render(fake.thread, "b");
    while (second === "busy") {
      await Bun.sleep(1); // until the first has ended
      second = await render(fake.thread, "b");
    }
    expect(second).toHaveLength(first.length);
    expect(second).not.toBe(first);
  });

  test("lets a few texts wait, and refuses more", async () => {
    using fake = setUp();
    const all = Array.from({ length: 12 }, (_, index) => render(fake.thread, `${index}`));
    const refused = (await Promise.all(all)).filter((each) => each === "busy");
    expect(refused).toHaveLength(3); // one is under way, and eight wait
  });

  test("ends the thread when it is idle", async () => {
    using fake = setUp({ idleMs: 1 });
    const first = await render(fake.thread, "a");
    let next: string;
    do {
      await Bun.sleep(1);
      next = await render(fake.thread, "b");
    } while (next === first || next === "busy");
    expect(next).toHaveLength(first.length);
  });

  test("says why a thread cannot run, and refuses what waits for it", async () => {
    using fake = setUp({ entry: new URL("file:///nothing/there.ts") });
    expect(await render(fake.thread, "a")).toBe("busy");
    expect(String(fake.errors[0])).toContain("Markdown cannot be rendered");
  });

  test("renders as the main thread does", async () => {
    using thread = new MarkdownThread({ logError: () => undefined });
    expect(await render(thread, "# a\n\n<b>")).toBe('<h2 id="readme-a">a</h2>\n<p>&lt;b&gt;</p>\n');
    expect(await render(thread, ">".repeat(128 * 1024))).toBe("unfit");
  });
});
