/**
 * An echo on Node with the package `ws`, to compare with; runs where that package is installed.
 *
 *   node ws-echo.mjs [--deflate]
 */
import { WebSocketServer } from "ws";

const perMessageDeflate = process.argv.includes("--deflate");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate });
server.on("connection", (socket) => {
  socket.on("message", (message, isBinary) => socket.send(message, { binary: isBinary }));
});
server.on("listening", () => console.log(`port ${server.address().port}.`));
