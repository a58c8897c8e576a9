import type { Socket } from "node:net";
import { field, formatRequest, parseResponses, type RawResponse } from "./raw-http.ts";
import { OPCODE, RawWebSocket } from "./raw-websocket.ts";
import { connectTo } from "./transport.ts";

/** The number of clients of each kind. */
export interface LoadOptions {
  readonly port: number;
  readonly target: string;
  /** Clients that use a connection up to its last answer, then another one. */
  readonly keepAlive?: number;
  /** Clients that use a new connection for each request. */
  readonly single?: number;
  /** Clients that send a text to the echo and wait for it, again and again, until they get a Close. */
  readonly echo?: number;
  /** Clients that are told to leave do not come back, as behind a balancer with other servers. */
  readonly staysAway?: boolean;
}

/** A failure of a client, with the client's port of its connection. */
export interface LoadFailure {
  readonly kind: keyof typeof CLIENTS;
  readonly clientPort: number;
  readonly reason: string;
}

/** The progress of a client on one connection. */
interface Visit {
  readonly load: SteadyLoad;
  readonly socket: Socket;
}

const CLIENTS = { keepAlive: visitKeepAlive, single: visitOnce, echo: visitEcho } as const;

/** Clients that send requests all the time and count the answers. */
export class SteadyLoad implements AsyncDisposable {
  readonly failures: LoadFailure[] = [];
  /** The number of answers by status, without the handshakes of WebSockets. */
  readonly answers = new Map<number, number>();
  /** WebSockets that were opened, and echoes that came back. */
  opened = 0;
  echoes = 0;
  /** Answers after which the server wanted to close the connection. */
  goodbyes = 0;
  /** WebSockets that the server closed with 1001. */
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

  /** Lets every client finish its request, and stops. */
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
      // An error must not go unhandled, such as a reset after the answer.
      socket.on("error", () => socket.destroy());
      socket.once("connect", () => (clientPort = socket.localPort ?? 0));
      try {
        await CLIENTS[kind]({ load: this, socket });
      } catch (error) {
        this.failures.push({ kind, clientPort, reason: String(error) });
        // A dead server must not keep the clients busy.
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
