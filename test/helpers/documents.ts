import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

const PROJECT = resolve(import.meta.dir, "../..");

/** A Markdown document of the project. */
export interface Document {
  /** The path from the project. */
  readonly path: string;
  readonly text: string;
}

/** Reads a document by its path from the project. */
export function readDocument(path: string): Document {
  return { path, text: readFileSync(resolve(PROJECT, path), "utf8") };
}

/** Returns the fenced blocks of a language, such as `sh`. */
export function blocksOf({ text }: Document, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms");
  return Array.from(text.matchAll(fence), ([, block = ""]) => block);
}

/** Returns the only fenced block of a language in which a text occurs; throws if there are more or none. */
export function blockWith(document: Document, language: string, wanted: string): string {
  const blocks = blocksOf(document, language).filter((block) => block.includes(wanted));
  const [block] = blocks;
  if (block === undefined || blocks.length > 1) {
    throw new Error(`${document.path} has ${blocks.length} ${language} blocks with ${wanted}`);
  }
  return block;
}

/** Returns the commands of the shell blocks, one a line, without comments. */
export function commandsOf(document: Document): string[] {
  return blocksOf(document, "sh")
    .flatMap((block) => block.split("\n"))
    .map((line) => line.replace(/(^|\s+)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** A link to a file of the project, and to a heading in it. */
export interface LocalLink {
  /** The path of the file from the project. */
  readonly path: string;
  readonly anchor: string | undefined;
}

/** Returns the links to files and headings of the project. */
export function linksOf({ path, text }: Document): LocalLink[] {
  return Array.from(text.matchAll(/\]\((?!https?:)([^)]+)\)/g), ([, link = ""]) => {
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : relative(PROJECT, resolve(PROJECT, dirname(path), file));
    return { path: target, anchor };
  });
}

/** Returns the anchors of the headings, as GitHub makes them. */
export function anchorsOf({ text }: Document): string[] {
  const prose = text.replace(/^```.*?^```/gms, "");
  return Array.from(prose.matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
