import { createHash } from "node:crypto";
import { createServer as createPlainServer, type AddressInfo, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { formatClose, formatFrame, OPCODE } from "./raw-websocket.ts";
import { TRANSPORT_PAIR, WEBSOCKET_SCHEME } from "./transport.ts";

/** A WebSocket server that breaks whatever rule it is told to. */
export interface HostileServer extends AsyncDisposable {
  readonly url: string;
}

/** What a server does when a client connects, and with the first bytes behind the handshake. */
export interface Hostility {
  /** Answers the handshake; a proper answer by default. */
  readonly handshake?: (socket: Socket, accept: string) => void;
  /** Answers whatever comes; nothing by default. */
  readonly answer?: (socket: Socket, bytes: Buffer) => void;
}

/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Formats the answer that makes a connection a WebSocket. */
export function formatAccept(accept: string): string {
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** Formats a frame of a server, which is not masked. */
export function formatServerFrame(opcode: number, payload: string | Uint8Array = ""): Buffer {
  return formatFrame(opcode, payload, { masked: false });
}

/** Closes with a code by the rules: sends a Close, and ends once the client's has come. */
export function closeWith(code: number, reason: string): Hostility {
  let isClosing = false;
  return {
    answer: (socket) => {
      if (isClosing) socket.end();
      else socket.write(formatServerFrame(OPCODE.close, formatClose(code, reason)));
      isClosing = true;
    },
  };
}

/** Starts a server that treats every client in this way. */
export async function serveHostile({
  handshake = (socket, accept) => void socket.write(formatAccept(accept)),
  answer = () => undefined,
}: Hostility): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  const onConnection = (socket: Socket) => {
    sockets.add(socket);
    let isOpen = false;
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes: Buffer) => {
      if (isOpen) return answer(socket, bytes);
      isOpen = true;
      const key = /^Sec-WebSocket-Key: (.*)\r$/im.exec(bytes.toString("latin1"))?.[1] ?? "";
      handshake(
        socket,
        createHash("sha1")
          .update(key + GUID)
          .digest("base64"),
      );
    });
  };
  const server =
    TRANSPORT_PAIR === undefined
      ? createPlainServer(onConnection)
      : createTlsServer(TRANSPORT_PAIR, onConnection);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `${WEBSOCKET_SCHEME}://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
