import type { Socket } from "node:net";
import { field, formatRequest, parseResponses, type RawResponse } from "./raw-http.ts";
import { OPCODE, RawWebSocket } from "./raw-websocket.ts";
import { connectTo } from "./transport.ts";

/** How many clients of each kind there are at a time. */
export interface LoadOptions {
  readonly port: number;
  readonly target: string;
  /** Ask over one connection until they are told that it is the last answer, then over another. */
  readonly keepAlive?: number;
  /** Ask over a new connection each time. */
  readonly single?: number;
  /** Send a text to the echo and wait for it, over and over; leave when they are told to. */
  readonly echo?: number;
  /** Whoever is told to go does not come back, as behind a balancer that has other servers. */
  readonly staysAway?: boolean;
}

/** What went wrong, and on which connection: the client's port. */
export interface LoadFailure {
  readonly kind: keyof typeof CLIENTS;
  readonly clientPort: number;
  readonly reason: string;
}

/** What a client has been through in one visit, or on one connection. */
interface Visit {
  readonly load: SteadyLoad;
  readonly socket: Socket;
}

const CLIENTS = { keepAlive: visitKeepAlive, single: visitOnce, echo: visitEcho } as const;

/** Clients that never stop asking, and count what they get. */
export class SteadyLoad implements AsyncDisposable {
  readonly failures: LoadFailure[] = [];
  /** Answered requests by status, the handshakes of WebSockets left out. */
  readonly answers = new Map<number, number>();
  /** WebSockets that were opened, and echoes that came back. */
  opened = 0;
  echoes = 0;
  /** Answers, after which the server wanted the connection closed. */
  goodbyes = 0;
  /** WebSockets that were told to go away, with 1001. */
  goneAway = 0;
  readonly options: LoadOptions;
  readonly #clients: Promise<unknown>;
  #isOver = false;
  #progress = 0;
  readonly #waiting = new Set<() => void>();

  constructor(options: LoadOptions) {
    this.options = options;
    const kinds = Object.keys(CLIENTS) as LoadFailure["kind"][]; // the keys of a constant
    const clients = kinds.flatMap((kind) =>
      Array.from({ length: options[kind] ?? 0 }, () => this.#visitRepeatedly(kind)),
    );
    this.#clients = Promise.all(clients);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Answers of every status. */
  get answered(): number {
    return Array.from(this.answers.values()).reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when that many more answers and echoes have come. */
  async more(count: number): Promise<void> {
    const wanted = this.#progress + count;
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (this.#progress >= wanted) resolve();
    };
    this.#waiting.add(check);
    check();
    await promise.finally(() => this.#waiting.delete(check));
  }

  /** Lets every client finish what it is at, and ends. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#clients;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  countAnswer(response: RawResponse): void {
    this.answers.set(response.status, (this.answers.get(response.status) ?? 0) + 1);
    this.#proceed();
  }

  countEcho(): void {
    this.echoes++;
    this.#proceed();
  }

  #proceed(): void {
    this.#progress++;
    for (const check of this.#waiting) check();
  }

  async #visitRepeatedly(kind: LoadFailure["kind"]): Promise<void> {
    const { staysAway = false } = this.options;
    for (let visits = 0; !this.#isOver && (visits === 0 || !staysAway); visits++) {
      const socket = connectTo(this.options.port);
      let clientPort = 0;
      // A reset after the answer, say, must not go unheard.
      socket.on("error", () => socket.destroy());
      socket.once("connect", () => (clientPort = socket.localPort ?? 0));
      try {
        await CLIENTS[kind]({ load: this, socket });
      } catch (error) {
        this.failures.push({ kind, clientPort, reason: String(error) });
        // A server that is gone must not be asked as fast as the machine can.
        if (clientPort === 0) await Bun.sleep(1);
      } finally {
        socket.destroy();
      }
    }
  }
}

async function visitKeepAlive({ load, socket }: Visit): Promise<void> {
  while (!load.isOver) {
    const response = await ask(socket, formatRequest("GET", load.options.target));
    load.countAnswer(response);
    if (field(response, "connection") !== "close") continue;
    load.goodbyes++;
    return;
  }
}

async function visitOnce({ load, socket }: Visit): Promise<void> {
  const bytes = formatRequest("GET", load.options.target, { Connection: "close" });
  load.countAnswer(await ask(socket, bytes));
}

async function visitEcho({ load, socket }: Visit): Promise<void> {
  const echo = await RawWebSocket.open(load.options.port, "/websocket", socket);
  load.opened++;
  for (let number = 0; !load.isOver; number++) {
    echo.send(OPCODE.text, `echo ${number}`);
    const frame = await echo.receive();
    if (frame?.opcode === OPCODE.close && frame.payload.readUInt16BE(0) === 1001) {
      load.goneAway++;
      return;
    }
    const text = frame?.payload.toString();
    if (text !== `echo ${number}`) throw new Error(`echo ${number} came back as ${text}`);
    load.countEcho();
  }
}

/** Sends a request and reads its answer; rejects if the connection ends first. */
function ask(socket: Socket, bytes: string): Promise<RawResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
  let received = Buffer.alloc(0);
  const onData = (data: Buffer | string) => {
    received = Buffer.concat([received, data as Buffer]); // bytes, as no encoding is set
    const [response] = parseResponses(received, ["GET"]).responses;
    if (response !== undefined) resolve(response);
  };
  const onClose = () => reject(new Error(`closed after ${received.length} bytes of an answer`));
  socket.on("data", onData).once("error", reject).once("close", onClose);
  socket.write(bytes);
  return promise.finally(() => {
    socket.off("data", onData).off("error", reject).off("close", onClose);
  });
}
