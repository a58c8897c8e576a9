import type { Socket } from "node:net";
import { formatRequest, request, type RawResponse } from "../helpers/raw-http.ts";
import { connectTo } from "../helpers/transport.ts";

/** Does something with numbers from 0 on, as many at once as there are numbers. */
export function allAtOnce<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

/** Does something with numbers from 0 on, a few at once. */
export async function someAtOnce(
  count: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await allAtOnce(width, async () => {
    while (next < count) await work(next++);
  });
}

/** Counts answers by status, such as `200 × 80`. */
export function tally(responses: readonly Pick<RawResponse, "status">[]): string {
  const counts = new Map<number, number>();
  for (const { status } of responses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return Array.from(counts, ([status, count]) => `${status} × ${count}`).join(", ");
}

/** Asks for health, and tells how long the answer took in milliseconds; `undefined` for no answer in time. */
export async function healthMs(port: number, atMostMs: number): Promise<number | undefined> {
  const startMs = performance.now();
  const answer = request(port, "GET", "/.meerkat/health").then(
    ({ status }) => (status === 200 ? performance.now() - startMs : undefined),
    () => undefined,
  );
  return await Promise.race([answer, Bun.sleep(atMostMs).then(() => undefined)]);
}

/** Connections that ask for something and read nothing of it; closed when disposed of. */
export class Unread implements Disposable {
  readonly sockets: Socket[] = [];

  /** Asks on a connection of its own; resolves once the request is written, or the connection is over. */
  ask(port: number, target: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
    const socket = connectTo(port);
    this.sockets.push(socket);
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.pause();
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    socket.on("connect", () => socket.write(formatRequest("GET", target, fields), () => resolve()));
    return promise;
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }
}

/** Text that takes a compressor some work, always the same. */
export function makeText(bytes: number, seed = 1): string {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  let text = "";
  while (text.length < bytes)
    text += `${next()
      .toString(36)
      .slice(0, 2 + (state % 4))} `;
  return text.slice(0, bytes);
}
