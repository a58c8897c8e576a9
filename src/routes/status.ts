import { refuseMethod } from "../http/methods.ts";
import { notFoundResponse } from "../http/problem-response.ts";

/** Where a balancer asks whether requests are welcome. */
export const HEALTH_PATH = "/.meerkat/health";

/** Where Prometheus reads what was counted. */
export const METRICS_PATH = "/.meerkat/metrics";

/** What is known of the server as a whole. */
export interface StatusOptions {
  /**
   * What `/.meerkat/metrics` answers with, made anew for each request, later where others have to be
   * asked; `undefined` if it is off.
   */
  readonly metrics:
    { readonly contentType: string; readonly render: () => string | Promise<string> } | undefined;
}

/** Tells others how the server is. */
export class Status {
  /** By path. */
  readonly routes: ReadonlyMap<string, (request: Request) => Response | Promise<Response>>;
  readonly #options: StatusOptions;
  #isDraining = false;

  constructor(options: StatusOptions) {
    this.#options = options;
    this.routes = new Map([
      [HEALTH_PATH, (request: Request) => this.#health(request)],
      [METRICS_PATH, (request: Request) => this.#metrics(request)],
    ]);
  }

  /** From now on a balancer is told to send its requests elsewhere. */
  drain(): void {
    this.#isDraining = true;
  }

  #health(request: Request): Response {
    const refusal = refuseMethod(request);
    if (refusal !== undefined) return refusal;
    return this.#isDraining
      ? textResponse("draining\n", PLAIN, 503)
      : textResponse("ok\n", PLAIN, 200);
  }

  #metrics(request: Request): Response | Promise<Response> {
    const { metrics } = this.#options;
    // Not even with --hidden is there a file of the root's in its place.
    if (metrics === undefined) return notFoundResponse(request);
    const refusal = refuseMethod(request);
    if (refusal !== undefined) return refusal;
    const answer = (text: string) => textResponse(text, metrics.contentType, 200);
    const text = metrics.render();
    return typeof text === "string" ? answer(text) : text.then(answer);
  }
}

const PLAIN = "text/plain; charset=utf-8";

function textResponse(text: string, contentType: string, status: number): Response {
  return new Response(text, {
    status,
    headers: {
      "Content-Type": contentType,
      "Content-Length": String(Buffer.byteLength(text)),
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}
