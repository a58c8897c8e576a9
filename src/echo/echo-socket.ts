import type { ServerWebSocket } from "bun";
import type { Ending, FaultOptions } from "./fault-options.ts";
import type { Faults } from "./faults.ts";

/** What the echo keeps for a connection. */
export interface EchoState {
  /** Bytes that waited to be sent when progress was last seen. It counts only while paused. */
  waitingBytes: number;
  /** When progress was last seen, in milliseconds. */
  progressMs: number;
  /** The peer was probed since then. */
  isProbed: boolean;
  /** The faults that the URL asks for. */
  readonly faultOptions: FaultOptions | undefined;
  /** Acts the faults out, once the connection is open. */
  faults: Faults | undefined;
  /** How the connection ends once nothing waits any more. */
  ending: Ending | undefined;
}

/** A WebSocket of the echo. */
export type EchoSocket = ServerWebSocket<EchoState>;

/** The state of a connection that is about to open. */
export function initialState(faultOptions: FaultOptions | undefined): EchoState {
  return {
    waitingBytes: 0,
    progressMs: 0,
    isProbed: false,
    faultOptions,
    faults: undefined,
    ending: undefined,
  };
}
