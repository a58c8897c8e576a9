import { parseArgs } from "node:util";
import { OPTIONS } from "./options.ts";
import type { Setting, Settings } from "./settings.ts";

/** Parsed arguments; a `usage-error` is one line that names the flag, its value and the fix. */
export type CommandLine =
  | { readonly kind: "read"; readonly settings: Settings; readonly directories: readonly string[] }
  | { readonly kind: "usage-error"; readonly message: string };

/** Parses the arguments after the program's name, without checking the values of options. */
export function readArguments(argv: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...argv],
    options: parseArgsOptions(),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const settings = new Map<string, Setting[]>();
  const directories: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") directories.push(token.value);
    if (token.kind !== "option") continue;
    const message = complainAboutFlag(token.name, token.rawName, token.value);
    if (message !== undefined) return { kind: "usage-error", message };
    const text = token.value ?? "true";
    const isShown = token.value !== undefined && OPTIONS.get(token.name)?.isSecret !== true;
    const setting = { text, source: isShown ? `${token.rawName} ${text}` : token.rawName };
    settings.set(token.name, [...(settings.get(token.name) ?? []), setting]);
  }
  return { kind: "read", settings, directories };
}

function parseArgsOptions(): Record<string, { type: "string" | "boolean"; short?: string }> {
  return Object.fromEntries(
    Array.from(OPTIONS, ([name, { short, value }]) => [
      name,
      {
        type: value === undefined ? "boolean" : "string",
        ...(short === undefined ? {} : { short }),
      } as const,
    ]),
  );
}

function complainAboutFlag(name: string, rawName: string, value: string | undefined) {
  const option = OPTIONS.get(name);
  if (option === undefined) return `${rawName}: no such option; ${adviseName(name)}`;
  if (option.value === undefined) {
    return value === undefined ? undefined : `${rawName}=${value}: ${rawName} takes no value`;
  }
  return value === undefined || value === ""
    ? `${rawName}: a value is missing; write ${rawName} ${option.value}`
    : undefined;
}

/** Finds the option that was probably meant: most typos swap letters, or drop an ending or a `no-`. */
function adviseName(name: string): string {
  const bare = (text: string) => text.replace(/^no-/, "");
  const letters = (text: string) => [...bare(text)].sort().join("");
  const near = [...OPTIONS.keys()].find(
    (known) =>
      letters(known) === letters(name) || bare(known).slice(0, 3) === bare(name).slice(0, 3),
  );
  return near === undefined ? "--help lists them" : `did you mean --${near}?`;
}
