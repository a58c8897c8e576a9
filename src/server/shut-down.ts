import type { Listeners } from "./listeners.ts";
import type { Status } from "../routes/status.ts";
import type { Echo } from "../echo/echo.ts";

/** How a server leaves that is one of several. */
export interface Leaving {
  /** Another one is there for those who come, so no balancer is to be told of it. */
  readonly isReplaced: boolean;
  /** Called when it takes no more connections. */
  readonly onClosed: () => void;
}

/** What leaves when a server stops. */
export interface Departing {
  readonly status: Status;
  readonly listeners: Listeners;
  readonly echo: Echo;
}

/** How long it may take, in seconds. */
export interface DepartureTimes {
  /** Of `drainSeconds`, how long everybody is served still. */
  readonly lingerSeconds: number;
  /** In all, before what is left is cut off. */
  readonly drainSeconds: number;
}

/** Lingers, drains and cuts off; settles when nothing is left. */
export async function shutDown(
  { status, listeners, echo }: Departing,
  { lingerSeconds, drainSeconds }: DepartureTimes,
  leaving: Leaving | undefined,
): Promise<void> {
  if (leaving?.isReplaced !== true) status.drain();
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
 * Without it requests are lost that are on their way to a connection just closed, or to a server
 * of which a balancer does not know yet that it is gone.
 */
async function linger(listeners: Listeners, seconds: number): Promise<void> {
  listeners.sayGoodbye();
  await Bun.sleep(seconds * 1000);
}

async function atMost(stopped: Promise<void>, seconds: number): Promise<void> {
  // A closing socket does not keep the process alive, so this timer does.
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, seconds * 1000);
  await Promise.race([stopped, deadline.promise]);
  clearTimeout(timer);
}
