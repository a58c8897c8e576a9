/**
 * The programs that, by default, send the next request before the answer to the last is out. Each does so
 * only after an answer that leaves the connection open, never after one that ends it.
 */
const PIPELINING_PRODUCTS: ReadonlySet<string> = new Set([
  "Debian APT-HTTP", // apt: up to ten requests at once (Acquire::http::Pipeline-Depth)
  "Telesphoreo APT-HTTP", // the same program on iOS
  "Debian Apt-Cacher-NG", // its own requests to a mirror (PipelineDepth)
  "zsync", // sends the next ranges behind the head of the last answer
  "phttpget", // FreeBSD's freebsd-update and portsnap
]);

/** The first letters, which exclude most programs: 10 ns an answer instead of 100. */
const INITIALS: ReadonlySet<number> = new Set(
  Array.from(PIPELINING_PRODUCTS, (product) => product.charCodeAt(0)),
);

/**
 * Tells whether a client is known to pipeline, so that every answer to it has to be the last of its
 * connection: Bun closes a connection that brings a request while a large answer is on its way, and
 * cuts that answer off (Bun: pipelining-closes).
 *
 * Browsers that pipeline (Pale Moon, Opera 12) are not included: they ask again by themselves, and
 * cannot be told apart by the first product.
 *
 * @param agent User-Agent (RFC 9110 §10.1.5); `undefined` if there is none
 * @example isPipelining("Debian APT-HTTP/1.3 (2.6.1)") // true
 */
export function isPipelining(agent: string | undefined): boolean {
  if (agent === undefined || !INITIALS.has(agent.charCodeAt(0))) return false;
  return PIPELINING_PRODUCTS.has(agent.slice(0, agent.indexOf("/")));
}
