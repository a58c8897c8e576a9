import { isDelivering, QUIET_MS, TCP_STATE } from "./delivery.ts";
import type { DescriptorMarks } from "./descriptors.ts";
import { addressKey, type RemoteAddress } from "./remote-address.ts";
import type { SocketCalls, TcpInfo } from "./socket-calls.ts";

/** How long (ms) a peer has to be silent to be taken for gone. */
const SILENT_MS = 1000;

/** How long (ms) nothing may have come or gone before a connection is shut in need. */
const STILL_MS = 100;

/** The system calls that `relieve` needs. */
export type ReliefCalls = Pick<SocketCalls, "tcpInfo" | "hasUnread" | "remoteAddress" | "shutdown">;

/** A connection that may be shut. */
interface Candidate {
  readonly descriptor: number;
  readonly info: TcpInfo;
}

/** Returns the clients whose connections are never shut. */
export type Lasting = () => Iterable<RemoteAddress>;

/**
 * Shuts connections because descriptors are scarce: all that nobody will miss and, if soon no descriptor
 * is free, those on which nothing has happened for longest, such as downloads that nobody reads. A client
 * whose request is still unread stays: it has waited to be accepted for as long as no descriptor was free.
 *
 * @param descriptors all that are open
 * @param lasting the clients of the WebSockets, whose number is limited so that they have room
 * @returns whether any was shut
 */
export function relieve(
  calls: ReliefCalls,
  descriptors: readonly number[],
  { scarce, critical }: DescriptorMarks,
  lasting: Lasting,
): boolean {
  const isLasting = lastingTest(calls, lasting);
  const shut: number[] = [];
  const others: Candidate[] = [];
  for (const descriptor of descriptors) {
    const info = calls.tcpInfo(descriptor);
    if (info === undefined || !isConnected(info) || calls.hasUnread(descriptor)) continue;
    if (isAbandoned(info) || (isIdle(info) && !isLasting(descriptor))) shut.push(descriptor);
    else others.push({ descriptor, info });
  }
  if (descriptors.length - shut.length > critical) {
    const tooMany = descriptors.length - shut.length - scarce;
    shut.push(...stillest(others, isLasting).slice(0, tooMany));
  }
  for (const descriptor of shut) calls.shutdown(descriptor);
  return shut.length > 0;
}

function isConnected({ state }: TcpInfo): boolean {
  return Object.values<number>(TCP_STATE).includes(state);
}

/**
 * Tells whether a client never finished a request (Bun: half-request-kept), or does not hang up although
 * we have, for which Bun waits for 12 to 16 seconds. A connection with any answer, such as a WebSocket,
 * is not abandoned.
 */
export function isAbandoned({
  state,
  silentMs,
  segmentsSent,
}: Pick<TcpInfo, "state" | "silentMs" | "segmentsSent">): boolean {
  // The client's system has all that we sent, and knows that nothing follows.
  if (state === TCP_STATE.finWait2) return true;
  if (silentMs < SILENT_MS) return false;
  return state === TCP_STATE.finWait1 || (state === TCP_STATE.established && segmentsSent === 0);
}

/**
 * Tells whether a client has got its answer, and asked for nothing since. An idle WebSocket looks the
 * same.
 */
export function isIdle(
  info: Pick<
    TcpInfo,
    "state" | "silentMs" | "quietMs" | "segmentsSent" | "segmentsInFlight" | "bytesUnsent"
  >,
): boolean {
  const isAnswered = info.segmentsSent > 0 && info.quietMs <= info.silentMs;
  return info.state === TCP_STATE.established && isAnswered && !isDelivering(info, QUIET_MS);
}

/** Returns the descriptors of connections, by how long nothing has happened on them, the longest first. */
function stillest(
  candidates: readonly Candidate[],
  isLasting: (descriptor: number) => boolean,
): number[] {
  const stillMs = ({ info }: Candidate) => Math.min(info.silentMs, info.quietMs);
  return candidates
    .filter((each) => stillMs(each) >= STILL_MS && !isLasting(each.descriptor))
    .sort((one, other) => stillMs(other) - stillMs(one))
    .map(({ descriptor }) => descriptor);
}

/** Makes the test whether a descriptor belongs to a lasting connection; lists those when first needed. */
function lastingTest(calls: ReliefCalls, lasting: Lasting): (descriptor: number) => boolean {
  let keys: Set<string> | undefined;
  return (descriptor) => {
    const peer = calls.remoteAddress(descriptor);
    if (peer === undefined) return false;
    keys ??= new Set(Array.from(lasting(), addressKey));
    return keys.has(addressKey(peer));
  };
}
