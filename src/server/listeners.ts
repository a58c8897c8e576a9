import { sayGoodbye, type EchoServer, type Service } from "./bind.ts";
import { steerAway, stopSteering, type Place } from "../system/steering.ts";

/**
 * How long, in milliseconds, those that are replaced still answer: an answer that says that it is
 * the last loses no request, where closing alone loses those that are just on their way.
 */
const GOODBYE_MS = 600;

/** Of a server that nobody shares its port with. */
const ALONE: Place = { index: 0, count: 1 };

/**
 * The servers that listen, and those that were replaced and have something left to do.
 *
 * Bun 1.4.5 cannot change the certificate of a server that runs (oven-sh/bun#43815), so others are
 * bound to the same port and those before take no more connections.
 */
export class Listeners {
  #current: readonly EchoServer[];
  #service: Service;
  readonly #leaving = new Set<EchoServer>();
  #isReplacing = false;
  #isStopping = false;

  constructor(servers: readonly EchoServer[], service: Service) {
    this.#current = servers;
    this.#service = service;
  }

  /** What those that listen now serve. */
  get service(): Service {
    return this.#service;
  }

  get all(): readonly EchoServer[] {
    return [...this.#current, ...this.#leaving];
  }

  /** None is to be replaced any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Lets every answer from now on be the last of its connection. */
  sayGoodbye(): void {
    this.#isStopping = true;
    for (const server of this.#current) sayGoodbye(server, this.#service);
  }

  /** Takes no more connections; settles when nothing is left of those there are. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.all.map((server) => server.stop()));
  }

  /** Cuts off whatever is left. */
  async cutOff(): Promise<void> {
    await Promise.all(this.all.map((server) => server.stop(true)));
  }

  /** Closes the connections that are in the middle of nothing. */
  closeIdle(): void {
    for (const server of this.all) server.closeIdleConnections();
  }

  /**
   * Leaves new connections to `next`; downloads and WebSockets under way go on where they are.
   * Settles when those before take no more connections.
   *
   * @param place of those before, among all that share the port
   */
  async replace(next: readonly EchoServer[], service: Service, place = ALONE): Promise<void> {
    const before = this.#current;
    // Twice at a time, the places are not known; then closing resets who is just connecting.
    if (!this.#isReplacing) steerAway({ ...place, count: place.count + 1 });
    this.#isReplacing = true;
    for (const server of before) {
      sayGoodbye(server, this.#service);
      this.#leaving.add(server);
    }
    this.#current = next;
    this.#service = service;
    await Bun.sleep(GOODBYE_MS);
    for (const server of before) void server.stop().then(() => this.#leaving.delete(server));
    stopSteering();
    this.#isReplacing = false;
  }
}
