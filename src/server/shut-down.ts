import type { Listeners } from "./listeners.ts";
import type { Monitoring } from "../routes/monitoring.ts";
import type { Echo } from "../echo/echo.ts";

/** How a worker leaves the group. */
export interface Leaving {
  /** Another worker has taken its place, so balancers must not notice. */
  readonly isReplaced: boolean;
  /** Called once the worker accepts no more connections. */
  readonly onClosed: () => void;
}

/** The parts of a server that have to be shut down. */
export interface Departing {
  readonly monitoring: Monitoring;
  readonly listeners: Listeners;
  readonly echo: Echo;
}

/** The times of a shutdown, in seconds. */
export interface DepartureTimes {
  /** The part of `drainSeconds` in which all requests are still answered. */
  readonly lingerSeconds: number;
  /** The time of the whole shutdown, after which the remaining connections are closed. */
  readonly drainSeconds: number;
}

/**
 * Shuts a server down: lingers, drains, then closes the rest. Resolves once no connection is left.
 *
 * WebSockets are drained by ourselves, as `stop()` tells their peers nothing (Bun: stop-silent) and
 * `stop(true)` throws away what waits for them (Bun: stop-truncates).
 */
export async function shutDown(
  { monitoring, listeners, echo }: Departing,
  { lingerSeconds, drainSeconds }: DepartureTimes,
  leaving: Leaving | undefined,
): Promise<void> {
  if (leaving?.isReplaced !== true) monitoring.drain();
  const lingering = Math.min(lingerSeconds, drainSeconds);
  if (lingering > 0) await linger(listeners, lingering);
  const stopped = listeners.stop();
  leaving?.onClosed();
  listeners.closeIdle();
  echo.drain();
  await atMost(stopped, drainSeconds - lingering);
  await listeners.cutOff();
}

/**
 * The last part of the linger, in which no connection begins. A connection that has begun sends its first
 * request meanwhile; otherwise the listener that closes would reset it. This is two round trips to far away.
 */
const HANDSHAKE_SECONDS = 0.2;

/**
 * Answers requests for a while longer. Otherwise a request on its way to a connection that has just been
 * closed would be lost, and so would those of balancers that have not noticed yet.
 */
async function linger(listeners: Listeners, seconds: number): Promise<void> {
  listeners.sayGoodbye();
  const handshakeSeconds = Math.min(HANDSHAKE_SECONDS, seconds);
  await Bun.sleep((seconds - handshakeSeconds) * 1000);
  listeners.turnNewcomersAway();
  await Bun.sleep(handshakeSeconds * 1000);
}

async function atMost(stopped: Promise<void>, seconds: number): Promise<void> {
  // A closing socket does not keep the process alive, so this timer does (Bun: closing-forgotten).
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, seconds * 1000);
  await Promise.race([stopped, deadline.promise]);
  clearTimeout(timer);
}
