import { sayGoodbye, type Service } from "./bind.ts";
import type { EchoServer } from "../echo/echo-socket.ts";
import { hasDeliveries } from "../system/delivery.ts";
import type { SocketCalls } from "../system/socket-calls.ts";
import { steerAway, stopSteering, turnNewcomersAway, type Place } from "../system/steering.ts";

/**
 * How long (ms) replaced servers still answer. Each answer says that it is the last of its connection,
 * so no request is lost; closing at once would lose the requests on their way.
 */
const GOODBYE_MS = 600;

/** How often (ms) to look whether the ends of answers have been delivered. */
const LOOK_MS = 100;

/** How long (ms) the ends of answers may take: the kernel and Bun hold some MB of an answer at most. */
const MAX_REST_MS = 60_000;

/** The place of a server that does not share its port. */
const ALONE: Place = { index: 0, count: 1 };

/**
 * Holds the servers that listen, and the replaced ones that still have connections.
 *
 * Bun cannot change the certificate of a running server (Bun: reload-keeps-certificate). So new
 * servers are bound to the same port, and the previous ones accept no more connections.
 */
export class Listeners {
  #current: readonly EchoServer[];
  #service: Service;
  readonly #leaving = new Set<EchoServer>();
  #isReplacing = false;
  #isStopping = false;
  #isCutOff = false;

  constructor(servers: readonly EchoServer[], service: Service) {
    this.#current = servers;
    this.#service = service;
  }

  /** The service of the servers that listen now. */
  get service(): Service {
    return this.#service;
  }

  /** All servers, including the replaced ones that still have connections. */
  get all(): readonly EchoServer[] {
    return [...this.#current, ...this.#leaving];
  }

  /** The servers are stopping, so none may be replaced any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Makes every further answer the last of its connection. */
  sayGoodbye(): void {
    this.#isStopping = true;
    for (const server of this.#current) sayGoodbye(server, this.#service);
  }

  /** Begins no more connections, but accepts those that have begun; on Linux only. */
  turnNewcomersAway(): void {
    for (const { port } of this.#current) if (port !== undefined) turnNewcomersAway(port);
  }

  /** Accepts no more connections; resolves once all open ones have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.all.map((server) => this.#stop(server)));
  }

  /** Closes all connections at once. */
  async cutOff(): Promise<void> {
    this.#isCutOff = true;
    await Promise.all(this.all.map((server) => server.stop(true)));
  }

  /**
   * Closes the connections without a request or a response under way; with TLS none, as Bun would
   * cut healthy downloads short (Bun: rest-unseen).
   */
  closeIdle(): void {
    if (this.#service.credentials !== undefined) return;
    for (const server of this.all) server.closeIdleConnections();
  }

  /**
   * Lets `next` accept all new connections, while downloads and WebSockets under way continue. Resolves
   * once the previous servers accept no more connections.
   *
   * @param place of the previous servers among all listeners of the port
   */
  async replace(next: readonly EchoServer[], service: Service, place = ALONE): Promise<void> {
    const before = this.#current;
    // During another replacement the places are unknown; closing then resets clients that just connect.
    if (!this.#isReplacing) steerAway({ ...place, count: place.count + 1 });
    this.#isReplacing = true;
    for (const server of before) {
      sayGoodbye(server, this.#service);
      this.#leaving.add(server);
    }
    this.#current = next;
    this.#service = service;
    await Bun.sleep(GOODBYE_MS);
    for (const server of before) void this.#stop(server).then(() => this.#leaving.delete(server));
    stopSteering();
    this.#isReplacing = false;
  }

  /** Accepts no more connections to a server; resolves once its open ones have ended. */
  async #stop(server: EchoServer): Promise<void> {
    const { credentials, calls, sockets } = this.#service;
    if (credentials !== undefined && calls !== undefined) {
      if (this.#current.includes(server)) sayGoodbye(server, this.#service);
      sockets?.close(server);
      await this.#untilDelivered(server, calls);
    }
    await server.stop();
  }

  /**
   * Waits until nothing is on its way to any client of this process. With TLS Bun counts a
   * request as answered while the end of a file waits in a buffer of its own, and `stop()` closes such
   * a connection (Bun: rest-unseen).
   */
  async #untilDelivered(server: EchoServer, calls: SocketCalls): Promise<void> {
    let restMs = MAX_REST_MS;
    while (!this.#isCutOff && restMs > 0 && hasDeliveries(calls)) {
      await Bun.sleep(LOOK_MS);
      // Only the ends of this server's answers are left now; other servers may go on for ever.
      if (server.pendingRequests === 0) restMs -= LOOK_MS;
    }
  }
}
