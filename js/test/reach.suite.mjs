// What reach.test.mjs runs in a process of its own: servers of `ws` that are not just a port.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { WebSocketServer } from "ws";
import { describeServer } from "wsproof/test";

const { folder, what } = JSON.parse(process.env.REACH);
const cases = ["1.1.1", "1.1.2", "2.2", "7.1.5"];

/** Echoes on this server, for requests that are let in. */
function echo(server, isAllowed = () => true) {
  const sockets = new WebSocketServer({ server, verifyClient: ({ req }) => isAllowed(req) });
  sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
}

/** Listens there, and tells how to connect. */
function listening(server, place, scheme = "ws") {
  return new Promise((resolve) =>
    server.listen(place, () => {
      const { port } = server.address();
      resolve({
        url: port === undefined ? "ws://app.example/chat" : `${scheme}://127.0.0.1:${port}`,
        stop: () => server.close(),
      });
    }),
  );
}

const TOKEN = "Bearer t0ken-of-mine";
async function guarded() {
  const server = createServer();
  echo(server, (request) => request.headers.authorization === TOKEN && request.headers["x-more"] !== "wrong");
  return listening(server, { host: "127.0.0.1", port: 0 });
}

async function onSocket() {
  const server = createServer();
  echo(server, (request) => request.headers.host === "app.example:80" && request.url === "/chat");
  return listening(server, { path: `${folder}/socket` });
}

async function wantsCertificate() {
  const [key, cert, ca] = ["server.key", "server.pem", "client.pem"].map((name) => readFileSync(`${folder}/${name}`));
  const server = createSecureServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true });
  echo(server);
  return listening(server, { host: "127.0.0.1", port: 0 }, "wss");
}

const files = { cert: `${folder}/client.pem`, key: `${folder}/client.key`, ca: `${folder}/server.pem` };
const suites = {
  token: [
    { name: "token of an option", start: guarded, headers: { Authorization: TOKEN } },
    {
      name: "token in pairs",
      start: guarded,
      headers: [
        ["authorization", TOKEN],
        ["X-More", "a"],
        ["X-More", "b"],
      ],
    },
    {
      name: "token of the start",
      start: async () => ({ ...(await guarded()), headers: new Headers({ authorization: TOKEN }) }),
    },
  ],
  none: [{ name: "no token", start: guarded }],
  unix: [
    { name: "socket of an option", start: onSocket, unix: `${folder}/socket` },
    { name: "socket of the start", start: async () => ({ ...(await onSocket()), unix: `${folder}/socket` }) },
  ],
  tls: [
    { name: "certificate", start: wantsCertificate, ...files },
    { name: "certificate by name", start: wantsCertificate, ...files, hostname: "localhost" },
  ],
  stranger: [{ name: "no certificate", start: wantsCertificate, ca: files.ca }],
};
for (const suite of suites[what]) describeServer({ cases, report: `${folder}/report`, ...suite });
