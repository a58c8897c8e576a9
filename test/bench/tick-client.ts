/**
 * Runs an echo client: it sends the next message when the last has come back. On SIGTERM it prints the
 * number of round trips and the longest one, in milliseconds, as JSON.
 *
 *   bun run test/bench/tick-client.ts PORT
 */
const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}/websocket`);
let sentMs = 0;
let count = 0;
let longestMs = 0;

const send = () => {
  sentMs = performance.now();
  socket.send("tick");
};

socket.onopen = () => {
  console.log("connected");
  send();
};
socket.onmessage = () => {
  longestMs = Math.max(longestMs, performance.now() - sentMs);
  count++;
  setTimeout(send, 1);
};

process.on("SIGTERM", () => {
  // A round trip that is still under way counts as well.
  longestMs = Math.max(longestMs, performance.now() - sentMs);
  console.log(JSON.stringify({ count, longestMs }));
  process.exit(0);
});
