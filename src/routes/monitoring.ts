import { refuseMethod } from "../http/methods.ts";
import { notFoundResponse } from "../http/problem-response.ts";

/** The path at which balancers check whether the server takes requests. */
export const HEALTH_PATH = "/.meerkat/health";

/** The path at which Prometheus reads the metrics. */
export const METRICS_PATH = "/.meerkat/metrics";

/** The source of the metrics, if they are on. */
export interface MonitoringOptions {
  /**
   * Renders the answer of `/.meerkat/metrics` for each request, with a promise if other processes have
   * to be asked; `undefined` if the metrics are off.
   */
  readonly metrics:
    { readonly contentType: string; readonly render: () => string | Promise<string> } | undefined;
}

/** Answers requests for the health and the metrics of the server. */
export class Monitoring {
  /** The handlers by path. */
  readonly routes: ReadonlyMap<string, (request: Request) => Response | Promise<Response>>;
  readonly #options: MonitoringOptions;
  #isDraining = false;

  constructor(options: MonitoringOptions) {
    this.#options = options;
    this.routes = new Map([
      [HEALTH_PATH, (request: Request) => this.#health(request)],
      [METRICS_PATH, (request: Request) => this.#metrics(request)],
    ]);
  }

  /** Makes the health answer 503 from now on, so that balancers send requests elsewhere. */
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
    // No file of the root is served here, not even with --hidden.
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
