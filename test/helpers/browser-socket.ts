/** An event that a browser reports, in the words of its protocol. */
export interface BrowserEvent {
  readonly method: string;
  /** The page, where the protocol is that of Chromium. */
  readonly sessionId?: string;
  readonly params: unknown;
}

/** Commands to a browser and its events, by JSON over a WebSocket: Chromium and Firefox share that. */
export interface BrowserSocket extends Disposable {
  /** Resolves with the result of a command; rejects with the browser's words, or when it is gone. */
  readonly send: <Result>(method: string, params?: object, sessionId?: string) => Promise<Result>;
  /** Calls the listener with every event, until the function that is returned is called. */
  readonly listen: (listener: (event: BrowserEvent) => void) => () => void;
  /** Tells whether the browser is gone, or about to be: it closes its socket before it ends. */
  readonly hasEnded: () => boolean;
}

/** A message of either protocol: an answer if it has an id, or else an event. */
type Message = BrowserEvent & {
  readonly id?: number | null;
  readonly result?: unknown;
  /** Chromium has an object here, Firefox a code beside its message. */
  readonly error?: string | { readonly message: string };
  readonly message?: string;
};

/** Connects to the debugging address that a browser has printed. */
export async function connectToBrowser(url: string): Promise<BrowserSocket> {
  const socket = new WebSocket(url);
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Set<(event: BrowserEvent) => void>();
  const { promise: opened, resolve: open, reject: fail } = Promise.withResolvers<void>();
  let lastId = 0;
  socket.onopen = () => open();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (typeof message.id === "number") settle(pending, message.id, message);
    else for (const listener of listeners) listener(message);
  };
  const gone = new Error(`the browser at ${url} is gone`);
  socket.onclose = () => {
    fail(gone);
    for (const { reject } of pending.values()) reject(gone);
    pending.clear();
  };
  await opened;
  const hasEnded = () => socket.readyState !== WebSocket.OPEN;
  return {
    send: <Result>(method: string, params: object = {}, sessionId?: string) => {
      if (hasEnded()) return Promise.reject(gone);
      const id = (lastId += 1);
      const answer = Promise.withResolvers<unknown>();
      pending.set(id, answer);
      socket.send(JSON.stringify({ id, method, params, sessionId }));
      return answer.promise as Promise<Result>;
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hasEnded,
    [Symbol.dispose]: () => socket.close(),
  };
}

function settle(
  pending: Map<number, PromiseWithResolvers<unknown>>,
  id: number,
  { error, message, result }: Message,
): void {
  const answer = pending.get(id);
  pending.delete(id);
  if (error === undefined) return answer?.resolve(result);
  answer?.reject(new Error(typeof error === "string" ? `${error}: ${message}` : error.message));
}

/** Resolves with the parameters of the next event that `accept` takes. */
export function nextEvent(
  socket: BrowserSocket,
  accept: (event: BrowserEvent) => boolean,
): Promise<BrowserEvent> {
  const { promise, resolve } = Promise.withResolvers<BrowserEvent>();
  const stop = socket.listen((event) => {
    if (accept(event)) resolve(event);
  });
  return promise.finally(stop);
}
