import { KeepAlive } from "../helpers/keep-alive.ts";
import { OPCODE, RawWebSocket } from "../helpers/raw-websocket.ts";

/** How many come, and where. */
export interface VisitorsOptions {
  readonly port: number;
  /** Over HTTP, each with one connection for many requests. */
  readonly requesters: number;
  /** Over a WebSocket each. */
  readonly echoers: number;
}

/** A file from memory, and one that Bun sends from the disk. */
const FILES = {
  "small.txt": Buffer.from("small"),
  "large.bin": Buffer.alloc(1 << 20, "large"),
} as const;

/** The files to serve, and the expected content of each target. */
export const TARGETS = {
  files: FILES,
  contents: new Map([
    ["/small.txt", FILES["small.txt"]],
    ["/large.bin", FILES["large.bin"]],
    ["/rest", Buffer.from('{"result":123}\n')],
  ]),
} as const;

/** The counts of the visitors so far. */
export interface Visit {
  readonly answers: number;
  readonly echoes: number;
  /** WebSockets that were closed with 1001; each may have lost the echo that was on its way. */
  readonly goodbyes: number;
  /** Everything else that went wrong. */
  readonly losses: readonly string[];
}

/**
 * Clients of a service that never rest: some keep connections alive and ask for one thing after the
 * other, some have messages echoed. All compare what comes back with what has to, byte by byte, and
 * connect anew when they are told to go.
 */
export class Visitors {
  readonly #options: VisitorsOptions;
  readonly #all: readonly Promise<void>[];
  readonly #losses: string[] = [];
  #answers = 0;
  #echoes = 0;
  #goodbyes = 0;
  #isOver = false;
  #news = Promise.withResolvers<void>();

  constructor(options: VisitorsOptions) {
    this.#options = options;
    const { requesters, echoers } = options;
    this.#all = [
      ...Array.from({ length: requesters }, (_, index) => this.#repeat(() => this.#ask(index))),
      ...Array.from({ length: echoers }, (_, index) => this.#repeat(() => this.#talk(index))),
    ];
  }

  get visit(): Visit {
    const [answers, echoes, goodbyes] = [this.#answers, this.#echoes, this.#goodbyes];
    return { answers, echoes, goodbyes, losses: [...this.#losses] };
  }

  /** Resolves when that many more answers and echoes, or losses, have come. */
  async more(count: number): Promise<void> {
    const enough = this.#sum() + count;
    while (this.#sum() < enough) await this.#news.promise;
  }

  /** Lets each of them finish what it is at. */
  async end(): Promise<Visit> {
    this.#isOver = true;
    await Promise.all(this.#all);
    return this.visit;
  }

  #sum(): number {
    return this.#answers + this.#echoes + this.#losses.length;
  }

  async #repeat(visitOnce: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      await visitOnce().catch((error: unknown) => {
        this.#losses.push(String(error));
        this.#tell();
      });
    }
  }

  /** One connection, until it is over or something is wrong. */
  async #ask(index: number): Promise<void> {
    await using connection = await KeepAlive.open(this.#options.port);
    const targets = [...TARGETS.contents];
    for (let round = index; !this.#isOver; round++) {
      const [target = "", content] = targets[round % targets.length] ?? [];
      const { status, body, fields } = await connection.get(target);
      if (status !== 200) throw new Error(`${target}: ${status}`);
      if (content === undefined || !body.equals(content)) throw new Error(`${target}: altered`);
      this.#answers++;
      this.#tell();
      const isLast = fields.some(([name, value]) => `${name}: ${value}` === "Connection: close");
      if (isLast) return;
    }
  }

  /** One WebSocket, until it is over, closed with 1001, or something is wrong. */
  async #talk(index: number): Promise<void> {
    using socket = await RawWebSocket.open(this.#options.port);
    for (let round = 0; !this.#isOver; round++) {
      const text = `${index}: ${round}`;
      socket.send(OPCODE.text, text);
      const frame = await socket.receive();
      if (frame === undefined) throw new Error("a WebSocket ended without a Close");
      if (frame.opcode === OPCODE.close) {
        const code = frame.payload.readUInt16BE(0);
        if (code !== 1001) throw new Error(`a WebSocket was closed with ${code}`);
        this.#goodbyes++;
        return;
      }
      if (frame.payload.toString() !== text) throw new Error(`not ${text}: ${frame.payload}`);
      this.#echoes++;
      this.#tell();
    }
  }

  #tell(): void {
    const { resolve } = this.#news;
    this.#news = Promise.withResolvers();
    resolve();
  }
}
