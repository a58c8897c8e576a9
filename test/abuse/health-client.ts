/**
 * Asks for the health of a server again and again, each time on a connection of its own. On SIGTERM it
 * prints the longest time without an answer, in milliseconds, as JSON.
 *
 *   bun run test/abuse/health-client.ts PORT
 */

/** How long (ms) the client rests after an answer, and after a failure. */
const REST_MS = 50;
const RETRY_MS = 10;

/** How long (ms) the client waits for one answer before it asks anew; the time goes on meanwhile. */
const PATIENCE_MS = 2000;

/** When the client began to ask; `undefined` while it rests. */
let askedMs: number | undefined;
let longestMs = 0;

process.on("SIGTERM", () => {
  // An answer that has not come yet counts as well.
  note();
  console.log(JSON.stringify({ longestMs }));
  process.exit(0);
});

for (let count = 0; ; count++) {
  askedMs = performance.now();
  while (!(await isHealthy())) await Bun.sleep(RETRY_MS);
  note();
  askedMs = undefined;
  if (count === 0) console.log("connected");
  await Bun.sleep(REST_MS);
}

function note(): void {
  if (askedMs !== undefined) longestMs = Math.max(longestMs, performance.now() - askedMs);
}

async function isHealthy(): Promise<boolean> {
  try {
    const { status } = await fetch(`http://127.0.0.1:${process.argv[2]}/.meerkat/health`, {
      keepalive: false,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return status === 200;
  } catch {
    return false; // refused, reset or late
  }
}
