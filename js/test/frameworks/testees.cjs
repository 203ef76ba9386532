// What is under test: real libraries, and some that are broken on purpose.
const { WebSocket, WebSocketServer } = require("ws");
const websocket = require("websocket-driver");

/** An echo server of `ws`; `answer` may spoil what it sends back. */
exports.startServer = (answer = (data) => data, perMessageDeflate = true) =>
  new Promise((resolve) => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate }, () =>
      resolve({ url: `ws://127.0.0.1:${server.address().port}`, stop: () => server.close() }),
    );
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.on("message", (data, binary) => socket.send(answer(data), { binary }));
    });
  });

/** An echo client of `ws`. */
exports.runClient = (url) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.on("message", (data, binary) => socket.send(data, { binary }));
    socket.on("error", () => {});
    socket.on("close", resolve);
  });

/** An echo server of `websocket-driver`, without I/O. */
exports.createDriver = () => {
  const driver = websocket.server();
  const output = [];
  const peer = {
    closed: false,
    receiveData: (octets) => driver.io.write(Buffer.from(octets)),
    dataToSend: () => output.splice(0),
    receiveEof: () => driver.io.end(),
  };
  driver.io.on("data", (chunk) => output.push(chunk));
  // The closing handshake is complete, or a rule was broken: the server closes TCP.
  driver.on("close", () => {
    peer.closed = true;
  });
  driver.on("connect", () => driver.start());
  driver.on("error", () => {});
  driver.messages.on("data", (message) => driver.messages.write(message));
  return peer;
};

/** The same, but pongs are spoilt: their last octet has another bit. */
exports.createBrokenDriver = () => {
  const peer = exports.createDriver();
  const { dataToSend } = peer;
  peer.dataToSend = () =>
    dataToSend().map((chunk) => {
      if (chunk[0] === 0x8a && chunk.length > 2) chunk[chunk.length - 1] ^= 1;
      return chunk;
    });
  return peer;
};

/** One that throws. */
exports.createThrowing = () => ({
  receiveData: () => {
    throw new TypeError("no such method in my parser");
  },
  dataToSend: () => undefined,
});

/** The suites, the same in every framework. */
exports.declare = ({ describeServer, describeClient, describeProtocol, Scenario }, folder) => {
  const { startServer, runClient, createDriver, createBrokenDriver, createThrowing } = exports;
  describeServer({ name: "ws server", start: () => startServer() });
  describeClient({ name: "ws client", run: runClient });
  const baseline = `${folder}/websocket-driver.baseline`;
  describeProtocol({ name: "websocket-driver", create: createDriver, strict: true, baseline });
  describeServer({ name: "broken server", cases: ["1.1.2", "2.2"], start: () => startServer((data) => `${data}!`) });
  describeClient({ name: "idle client", cases: ["1.1.1"], run: () => {} });
  describeClient({ name: "broken client", cases: ["1.1.2"], run: brokenClient });
  describeProtocol({ name: "broken driver", cases: ["2.1", "2.2"], create: createBrokenDriver });
  describeServer({ name: "no compression", cases: ["12.1.1"], start: () => startServer(undefined, false) });
  describeProtocol({ name: "throwing protocol", cases: ["1.1.1"], create: createThrowing });
  const ping = new Scenario("A ping between two fragments.")
    .sendText("a", { fin: false })
    .sendPing("x")
    .sendContinuation("b")
    .expectPong("x")
    .expectText("ab")
    .close(1000);
  const wrong = new Scenario("A text that comes back as another.", { id: "100.7" })
    .sendText("a")
    .expectText("b")
    .close();
  describeProtocol({ name: "scenarios", scenarios: [ping, wrong], create: createDriver });
};

/** Echoes, and then throws. */
async function brokenClient(url) {
  const socket = new WebSocket(url);
  socket.on("message", () => socket.send("something else"));
  socket.on("error", () => {});
  await new Promise((resolve) => socket.on("close", resolve));
  throw new Error("my own trouble");
}
