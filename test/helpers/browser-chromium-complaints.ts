import type { BrowserEvent } from "./browser-socket.ts";

interface ChromiumEvents {
  readonly "Log.entryAdded": {
    readonly entry: { readonly level: string; readonly text: string };
  };
  readonly "Runtime.exceptionThrown": { readonly exceptionDetails: { readonly text: string } };
  readonly "Runtime.consoleAPICalled": {
    readonly type: string;
    readonly args: readonly { readonly value?: unknown; readonly description?: string }[];
  };
}

/** Returns what an event says of an error or a warning, if it is about one. */
export function complaintOf({ method, params }: BrowserEvent): string | undefined {
  if (method === "Log.entryAdded") {
    const { entry } = params as ChromiumEvents["Log.entryAdded"];
    return ["error", "warning"].includes(entry.level) ? entry.text : undefined;
  }
  if (method === "Runtime.exceptionThrown") {
    return (params as ChromiumEvents["Runtime.exceptionThrown"]).exceptionDetails.text;
  }
  if (method !== "Runtime.consoleAPICalled") return undefined;
  const { type, args } = params as ChromiumEvents["Runtime.consoleAPICalled"];
  if (type !== "error" && type !== "warning") return undefined;
  return args.map(({ value, description }) => description ?? String(value)).join(" ");
}
