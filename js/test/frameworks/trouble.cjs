// Testees that do not do their part: they never return, cannot be reached, throw, or fail every case.
const { createServer } = require("node:net");
const { WebSocket, WebSocketServer } = require("ws");
const { createDriver, startServer } = require("./testees.cjs");

const never = () => new Promise(() => {});

/** Echoes; `done` is called when the connection is closed. */
function echo(url, done) {
  const socket = new WebSocket(url);
  socket.on("message", (data, binary) => socket.send(data, { binary }));
  socket.on("error", () => {});
  socket.on("close", done);
}

/** Sends a request that no server takes for a handshake. */
const withoutKey = (url) =>
  new Promise((resolve) => {
    const { hostname, port, pathname, search } = new URL(url);
    const head = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n`;
    const socket = require("node:net").connect(Number(port), hostname, () => socket.write(head));
    socket.on("close", resolve);
    socket.resume();
  });

/** A port on which nobody listens. */
const closedPort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** The first octets of each connection are a frame that a server must not send. */
const startMasking = () =>
  new Promise((resolve) => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" }, () =>
      resolve({ url: `ws://127.0.0.1:${server.address().port}`, stop: () => server.close() }),
    );
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket._socket.write(Buffer.from("8181000000002a", "hex"));
    });
  });

const SUITES = {
  trouble: ({ describeServer, describeClient, describeProtocol }) => {
    const cases = ["1.1.*"];
    describeServer({ name: "start never returns", cases, start: never, wait: 100 });
    describeServer({ name: "start throws", cases, start: () => Promise.reject(new Error("no database")) });
    describeServer({ name: "start returns nothing", cases, start: () => {} });
    describeServer({ name: "refused", cases, start: async () => `ws://127.0.0.1:${await closedPort()}` });
    describeServer({
      name: "command fails",
      cases,
      command: [process.execPath, "-e", "console.log('no config'); process.exit(4)"],
    });
    describeServer({
      name: "command is silent",
      cases,
      wait: 100,
      command: [process.execPath, "-e", "setTimeout(() => {}, 1e6)"],
    });
    describeClient({ name: "run never connects", cases, wait: 100, run: never });
    describeClient({ name: "run returns no promise", cases, run: (url) => void echo(url, () => {}) });
    describeClient({ name: "run throws", cases, run: () => Promise.reject(new Error("no such host")) });
    describeClient({ name: "refused client", cases, run: withoutKey });
    describeProtocol({ name: "create never returns", cases, timeout: 100, create: never });
    describeProtocol({
      name: "create throws",
      cases,
      create: () => {
        throw new Error("no parser");
      },
    });
    const hangs = () => ({ ...createDriver(), receiveData: never });
    describeProtocol({ name: "receiveData never returns", cases, timeout: 100, create: hangs });
    // The verdicts are known, whatever the function does: all pass, and this is said once.
    describeClient({
      name: "run never returns",
      cases,
      run: (url) => {
        echo(url, () => {});
        return never();
      },
    });
    // The same with a wrong echo.
    const wrong = (url) => {
      new WebSocket(url)
        .on("message", function () {
          this.send("!");
        })
        .on("error", () => {});
      return never();
    };
    describeClient({ name: "run fails and never returns", cases: ["1.1.2"], run: wrong });
  },
  failing: ({ describeServer }) =>
    describeServer({ name: "masking", cases: ["!12.*", "!13.*"], start: startMasking, report: process.env.REPORT }),
  stop: ({ describeServer }) =>
    describeServer({
      name: "stop never returns",
      cases: ["1.1.1"],
      start: async () => {
        const { url, stop } = await startServer();
        return {
          url,
          stop: () => {
            stop();
            return never();
          },
        };
      },
    }),
};

exports.declare = (wsproof) => SUITES[process.env.SUITE](wsproof);
