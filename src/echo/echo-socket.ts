import type { Server, ServerWebSocket } from "bun";
import type { Ending, FaultOptions } from "./fault-options.ts";
import type { RemoteAddress } from "../system/remote-address.ts";
import type { Faults } from "./faults.ts";

/** The state of a connection, kept in `ws.data`. */
export interface EchoState {
  /** Bytes that waited to be sent when progress was last seen; valid only while paused. */
  waitingBytes: number;
  /** The time at which progress was last seen, in milliseconds. */
  progressMs: number;
  /** The peer has been probed since the last progress. */
  isProbed: boolean;
  /** The client's end of the connection; `undefined` for a Unix socket. */
  readonly client: RemoteAddress | undefined;
  /** The faults that the URL asks for. */
  readonly faultOptions: FaultOptions | undefined;
  /** The injection of those faults, once the connection is open. */
  faults: Faults | undefined;
  /** How the connection ends once all data is sent. */
  ending: Ending | undefined;
}

/** A listening Bun server, whose WebSockets have the state of the echo. */
export type EchoServer = Server<EchoState>;

/** A WebSocket connection of the echo. */
export type EchoSocket = ServerWebSocket<EchoState>;

/** Makes the state of a connection that is about to open. */
export function initialState(
  client: RemoteAddress | undefined,
  faultOptions: FaultOptions | undefined,
): EchoState {
  return {
    client,
    waitingBytes: 0,
    progressMs: 0,
    isProbed: false,
    faultOptions,
    faults: undefined,
    ending: undefined,
  };
}
