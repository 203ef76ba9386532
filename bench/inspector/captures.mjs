// The same traffic as each source would have recorded it: frames of a server, JSON texts of some 80 octets, and here and
// there a ping or a frame that breaks a rule.

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const REQUEST =
  `GET /quotes HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const RESPONSE =
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`;
/** Octets that a read gives at once. */
const READ = 4096;

function text(index) {
  return JSON.stringify({ id: index, symbol: "ACME", bid: index / 7, ask: index / 6.9, kind: "quote" });
}

/** The server's octets after the handshake. */
function octets(frames) {
  const parts = [];
  for (let index = 0; index < frames; index++) {
    const quote = text(index);
    if (index % 50 === 49) parts.push(Buffer.from([0x89, 1, index & 255]));
    else if (index % 1000 === 7) parts.push(Buffer.from([0xa1, 1, 97]));
    else parts.push(Buffer.from([0x81, quote.length]), Buffer.from(quote));
  }
  return Buffer.concat(parts);
}

function reads(stream) {
  const list = [];
  for (let at = 0; at < stream.length; at += READ) list.push(stream.subarray(at, at + READ));
  return list;
}

/** Chromium's net-export log, an event a line as it writes them. */
function netlog(frames) {
  const types = { SOCKET_BYTES_SENT: 1, SOCKET_BYTES_RECEIVED: 2, WEBSOCKET_RECV_FRAME_HEADER: 3 };
  const event = (type, piece, time) =>
    JSON.stringify({
      params: { byte_count: piece.length, bytes: piece.toString("base64") },
      phase: 0,
      source: { id: 7, start_time: "1000", type: 4 },
      time: String(1000 + time),
      type,
    });
  const header = { final: true, masked: false, opcode: 1, payload_length: 80, reserved1: false };
  const lines = [event(1, Buffer.from(REQUEST), 0), event(2, Buffer.from(RESPONSE), 1)];
  reads(octets(frames)).forEach((piece, at) => {
    lines.push(event(2, piece, 2 + at));
    // The log tells of each frame's header too, which is passed over.
    for (let index = 0; index < READ / 82; index++) {
      lines.push(
        JSON.stringify({ params: header, phase: 0, source: { id: 8, type: 2 }, time: String(1002 + at), type: 3 }),
      );
    }
  });
  return `{"constants":${JSON.stringify({ logEventTypes: types })},\n"events": [\n${lines.join(",\n")}]}\n`;
}

/** An archive, as the Network panel saves it: messages alone. */
function har(frames) {
  const fields = (head) =>
    head
      .trim()
      .split("\r\n")
      .slice(1)
      .map((line) => {
        const [name, value] = line.split(": ");
        return { name, value };
      });
  const messages = Array.from({ length: frames }, (_, index) => ({
    type: "receive",
    time: 1_700_000_000 + index / 1000,
    opcode: 1,
    data: text(index),
  }));
  const entry = {
    _resourceType: "websocket",
    _webSocketMessages: messages,
    request: { method: "GET", url: "ws://127.0.0.1:9001/quotes", httpVersion: "HTTP/1.1", headers: fields(REQUEST) },
    response: {
      status: 101,
      statusText: "Switching Protocols",
      httpVersion: "HTTP/1.1",
      headers: fields(RESPONSE),
    },
    startedDateTime: "2026-01-01T00:00:00.000Z",
    time: 1,
  };
  return JSON.stringify(
    { log: { version: "1.2", creator: { name: "bench", version: "1" }, entries: [entry] } },
    null,
    2,
  );
}

/** Events of the DevTools protocol: messages alone. */
function events(frames) {
  const requestId = "1";
  const list = [
    { method: "Network.webSocketCreated", params: { requestId, url: "ws://127.0.0.1:9001/quotes" } },
    ...Array.from({ length: frames }, (_, index) => ({
      method: "Network.webSocketFrameReceived",
      params: { requestId, timestamp: index / 1000, response: { opcode: 1, mask: false, payloadData: text(index) } },
    })),
  ];
  return JSON.stringify(list);
}

/** Raw IPv4 packets of one TCP connection over loopback. */
function pcap(frames) {
  const file = Buffer.alloc(24);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(65535, 16);
  file.writeUInt32LE(101, 20);
  const parts = [file];
  const next = [1, 1];
  let time = 0;
  const send = (from, flags, payload) => {
    const packet = Buffer.alloc(56);
    packet.writeUInt32LE(1_700_000_000 + Math.floor(time / 1e6), 0);
    packet.writeUInt32LE(time % 1e6, 4);
    packet.writeUInt32LE(40 + payload.length, 8);
    packet.writeUInt32LE(40 + payload.length, 12);
    packet.writeUInt8(0x45, 16);
    packet.writeUInt16BE(40 + payload.length, 18);
    packet.writeUInt8(64, 24);
    packet.writeUInt8(6, 25);
    packet.writeUInt32BE(0x7f000001, 28);
    packet.writeUInt32BE(0x7f000001, 32);
    packet.writeUInt16BE(from === 0 ? 40_000 : 9001, 36);
    packet.writeUInt16BE(from === 0 ? 9001 : 40_000, 38);
    packet.writeUInt32BE(next[from] >>> 0, 40);
    packet.writeUInt32BE(next[1 - from] >>> 0, 44);
    packet.writeUInt8(0x50, 48);
    packet.writeUInt8(flags, 49);
    packet.writeUInt16BE(65535, 50);
    parts.push(packet, payload);
    next[from] += payload.length + (flags & 2 ? 1 : 0);
    time += 100;
  };
  send(0, 2, Buffer.alloc(0));
  send(1, 0x12, Buffer.alloc(0));
  send(0, 0x18, Buffer.from(REQUEST));
  send(1, 0x18, Buffer.from(RESPONSE));
  for (const piece of reads(octets(frames))) send(1, 0x18, piece);
  return Buffer.concat(parts);
}

/** By the name of the file, what makes it. */
export const CAPTURES = {
  "quotes.bin": octets,
  "quotes.hex": (frames) => octets(frames).toString("hex"),
  "quotes.base64": (frames) => octets(frames).toString("base64"),
  "quotes.pcap": pcap,
  "netlog.json": netlog,
  "quotes.har": har,
  "events.json": events,
};
