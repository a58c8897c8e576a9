/** What a client does with its connection when its network goes away. */
export interface Kind {
  /** The bytes that it sends first: a request, half of one, or none. */
  readonly request: string;
  /** The bytes to receive before the connection is in its state. */
  readonly atLeast: number;
  /** How it reads afterwards: all that comes, a little at a time, or nothing. */
  readonly reads: "all" | "slowly" | "nothing";
  /** It sends messages until the server takes no more. */
  readonly floods?: boolean;
}

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n`;

const open = (query = "") =>
  `GET /websocket${query} HTTP/1.1\r\nHost: 10.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** The length of the 101, at least, so that the connection is a WebSocket. */
const UPGRADED = 100;

const MB = 1 << 20;

/** How many of them the server has stopped reading from, as they do not take what they are sent. */
export const PAUSED = 1;

/** The kinds of connections by name. */
export const KINDS: Readonly<Record<string, Kind>> = {
  "an idle echo": { request: open(), atLeast: UPGRADED, reads: "all" },
  "an echo that is flooded": { request: open(), atLeast: UPGRADED, reads: "nothing", floods: true },
  "a push every second": { request: open("?every=1000"), atLeast: UPGRADED, reads: "all" },
  "a push every 10 ms": { request: open("?every=10"), atLeast: UPGRADED, reads: "all" },
  "a push that nobody reads": { request: open("?every=1"), atLeast: UPGRADED, reads: "nothing" },
  "a download that is read": { request: get("/huge.bin"), atLeast: MB, reads: "slowly" },
  "a download that is not read": { request: get("/huge.bin"), atLeast: MB, reads: "nothing" },
  "an archive that is read": { request: get("/?archive=tar"), atLeast: MB, reads: "slowly" },
  "an archive that is not read": { request: get("/?archive=tar.gz"), atLeast: 1, reads: "nothing" },
  "an idle keep-alive connection": { request: get("/rest"), atLeast: 100, reads: "all" },
  "half a request": { request: "GET /rest HTTP/1.1\r\nHost:", atLeast: 0, reads: "all" },
  "a connection without a byte": { request: "", atLeast: 0, reads: "all" },
};
