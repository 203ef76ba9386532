// A page, and a WebSocket beside it that sends everything back: what a panel is opened on.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

/** Listens on a free port of this machine. */
export async function serveEcho() {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>Page</title>");
  });
  new WebSocketServer({ server }).on("connection", (socket) => {
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
