// The Node library `ws` as a testee: an echo server, or a client of wsproof's fuzzing server.
//
//     node echo_ws.js server PORT
//     node echo_ws.js client URL AGENT JOBS
//
// Messages up to 64 MiB, compression on.

import { WebSocket, WebSocketServer } from "ws";

const OPTIONS = { perMessageDeflate: true, maxPayload: 64 * 1024 * 1024 };

/** Listens until it is killed. */
function server(port) {
  const listener = new WebSocketServer({ host: "127.0.0.1", port: Number(port), ...OPTIONS });
  listener.on("connection", (socket) => {
    // A violation by the other end: `ws` has closed the connection by then.
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
}

/** Connects, hands every message to `onMessage`, and comes back when the connection is closed. */
function talk(url, onMessage) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, OPTIONS);
    let open = false;
    let failure;
    socket.on("open", () => {
      open = true;
    });
    socket.on("message", (data, isBinary) => onMessage(socket, data, isBinary));
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => (open ? resolve() : reject(failure)));
  });
}

/** Runs every case, `jobs` at a time, and asks for the reports. */
async function client(base, agent, jobs) {
  const name = encodeURIComponent(agent);
  let count = 0;
  await talk(`${base}/getCaseCount`, (_socket, data) => {
    count = Number(data);
  });
  let next = 1;
  const work = async () => {
    while (next <= count) {
      const url = `${base}/runCase?case=${next++}&agent=${name}`;
      await talk(url, (socket, data, isBinary) => socket.send(data, { binary: isBinary }));
    }
  };
  await Promise.all(Array.from({ length: Number(jobs) }, work));
  await talk(`${base}/updateReports?agent=${name}`, () => {});
}

const [role, ...rest] = process.argv.slice(2);
if (role === "server") {
  server(...rest);
} else if (role === "client") {
  await client(...rest);
} else {
  console.error("usage: echo_ws.js server PORT | client URL AGENT JOBS");
  process.exitCode = 2;
}
