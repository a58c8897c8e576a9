import { expect } from "bun:test";
import { readFileSync, realpathSync } from "node:fs";
import testHtml from "../../public/test.html" with { type: "text" };
import { makeTree } from "../helpers/tree.ts";
import { probe } from "./probe.ts";

probe("ipc-throws", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const child = Bun.spawn([process.execPath, "-e", ""], {
    stdio: ["ignore", "ignore", "ignore"],
    ipc: () => undefined,
    onDisconnect: () => resolve(),
  });
  await Promise.all([child.exited, promise]);
  expect(() => child.send("late")).toThrow();
});

probe("main-resolved", async () => {
  using tree = makeTree({
    "release/main.ts": "console.log(Bun.main, process.argv[1]);",
    current: { link: "release" },
  });
  const child = Bun.spawn([process.execPath, tree.at("current/main.ts")], { stderr: "ignore" });
  const realPath = realpathSync(tree.at("release/main.ts"));
  expect(await child.stdout.text()).toBe(`${realPath} ${realPath}\n`);
});

probe(
  "terminal-blocks",
  async () => {
    using tree = makeTree();
    const path = tree.at("outcome");
    const bytes = 1024 * 1024;
    // A terminal takes some KB at once: what does not block keeps the rest, and says so.
    const script = `
      const isDone = process.stdout.write("a".repeat(${bytes}));
      require("node:fs").writeFileSync(process.argv[1], isDone + " " + process.stdout.writableLength);
    `;
    let received = 0;
    const child = Bun.spawn([process.execPath, "-e", script, path], {
      terminal: { data: (_terminal, data) => void (received += data.length) },
    });
    await child.exited;
    expect(readFileSync(path, "latin1")).toBe("true 0");
    expect(received).toBeGreaterThan(0);
  },
  { skip: process.platform === "win32" },
);

probe("html-as-text", () => {
  // @ts-expect-error to the types it is a bundle (row html-as-text)
  const text: string = testHtml;
  expect(text).toStartWith("<!doctype html>");
});
