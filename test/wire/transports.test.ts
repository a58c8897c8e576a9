import { setDefaultTimeout, test } from "bun:test";
import { runOver } from "../helpers/over-transport.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";

setDefaultTimeout(PATIENCE_MS);

/** Whatever is said about files has to hold whatever carries them. */
const FILES = [
  "codings",
  "containment",
  "field-bytes",
  "files",
  "freshness",
  "host",
  "multipart",
  "options",
  "siblings",
];

const CASES = [
  ...[...FILES, "large", "pipelining", "truncation", "websocket"].map(
    (name) => ["tls", name] as const,
  ),
  // A WebSocket needs HTTP/1.1 (Bun 1.4.5); large files are in `http2.test.ts`.
  ...FILES.map((name) => ["http2", name] as const),
];

test.each(CASES)(
  "over %s: test/wire/%s.test.ts passes as it does in the clear",
  (transport, name) => runOver(transport, [`test/wire/${name}.test.ts`]),
);
