import { OPTIONS } from "./options.ts";

/** Renders the text that `--help` prints. */
export function helpText(): string {
  const rows = Array.from(OPTIONS, ([name, { short, value, help }]) => {
    const flags = `${short === undefined ? "    " : `-${short}, `}--${name}`;
    return `  ${(value === undefined ? flags : `${flags} ${value}`).padEnd(30)}${help}`;
  });
  return `Serves a directory over HTTP, {"result":123} at /rest and a WebSocket echo at /websocket.

Usage: bun run server.ts [DIR] [options]

  DIR                           directory to serve (.)
${rows.join("\n")}

Every option but the last two has a variable: MEERKAT_PORT=9000, MEERKAT_HIDDEN=1.
PORT works too.
`;
}
