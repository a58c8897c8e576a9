import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The content of an entry: the text or bytes of a file, or the target of a symbolic link. */
export type Content = string | Uint8Array | { readonly link: string };

/** A temporary directory that is removed after the test. */
export interface Tree extends Disposable {
  readonly path: string;
  /** Returns the path of an entry. */
  readonly at: (name: string) => string;
}

/** Makes a temporary directory with these entries; a name that ends in a slash is an empty directory. */
export function makeTree(entries: Readonly<Record<string, Content>> = {}): Tree {
  const path = mkdtempSync(join(tmpdir(), "meerkat-"));
  const at = (name: string) => join(path, name);
  for (const [name, content] of Object.entries(entries)) {
    mkdirSync(name.endsWith("/") ? at(name) : dirname(at(name)), { recursive: true });
    if (name.endsWith("/")) continue;
    if (typeof content === "string" || content instanceof Uint8Array) {
      writeFileSync(at(name), content);
    } else symlinkSync(content.link, at(name));
  }
  return { path, at, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
