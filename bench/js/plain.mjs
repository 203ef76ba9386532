// An honest parser in plain JavaScript, to be raced: many frames a call, views instead of copies, every rule of RFC 6455
// judged as ws judges it (UTF-8 by Node's own isUtf8). What it does not have is wsproof's: exact octets of faults, text
// validated before its message is complete, limits on fragments.
import { isUtf8 } from "node:buffer";

const MAX_MESSAGE = 64 * 1024 * 1024;

export class PlainParser {
  #masked;
  #rest;
  #opcode = 0;
  #pieces = [];
  #length = 0;
  #onMessage;

  constructor(server, onMessage) {
    this.#masked = server;
    this.#onMessage = onMessage;
  }

  feed(chunk) {
    let octets = chunk;
    if (this.#rest !== undefined) {
      octets = Buffer.concat([this.#rest, chunk]);
      this.#rest = undefined;
    }
    let at = 0;
    const end = octets.length;
    while (end - at >= 2) {
      const first = octets[at];
      const second = octets[at + 1];
      if (first & 0x70) throw new Error("reserved bits");
      if (second >= 128 !== this.#masked) throw new Error("masked by the wrong end, or not by the right one");
      let header = 2;
      let length = second & 127;
      if (length === 126) {
        if (end - at < 4) break;
        length = (octets[at + 2] << 8) | octets[at + 3];
        if (length < 126) throw new Error("length not minimal");
        header = 4;
      } else if (length === 127) {
        if (end - at < 10) break;
        const high = octets[at + 2] * 0x1000000 + ((octets[at + 3] << 16) | (octets[at + 4] << 8) | octets[at + 5]);
        length =
          high * 2 ** 32 +
          octets[at + 6] * 0x1000000 +
          ((octets[at + 7] << 16) | (octets[at + 8] << 8) | octets[at + 9]);
        if (length < 65_536 || high > 0x1fffff) throw new Error("length not minimal, or too long");
        header = 10;
      }
      if (length + this.#length > MAX_MESSAGE) throw new Error("message too long");
      if (this.#masked) header += 4;
      if (end - at < header + length) break;
      const start = at + header;
      if (this.#masked) unmask(octets, start, length);
      this.#frame(first, octets, start, length);
      at = start + length;
    }
    if (at < end) this.#rest = octets.subarray(at);
  }

  #frame(first, octets, start, length) {
    const opcode = first & 15;
    const fin = first >= 128;
    const payload = new Uint8Array(octets.buffer, octets.byteOffset + start, length);
    if (opcode >= 8) {
      if (opcode > 10 || !fin || length > 125) throw new Error("control frame");
      if (opcode === 8) judgeClose(payload);
      this.#onMessage(payload, opcode);
      return;
    }
    if (opcode > 2 || (opcode === 0) !== (this.#opcode !== 0)) throw new Error("opcode out of place");
    if (opcode !== 0 && fin) {
      if (opcode === 1 && !isUtf8(payload)) throw new Error("not UTF-8");
      this.#onMessage(payload, opcode);
      return;
    }
    if (opcode !== 0) this.#opcode = opcode;
    this.#pieces.push(payload.slice());
    this.#length += length;
    if (!fin) return;
    const message = Buffer.concat(this.#pieces, this.#length);
    if (this.#opcode === 1 && !isUtf8(message)) throw new Error("not UTF-8");
    this.#onMessage(message, this.#opcode);
    this.#pieces = [];
    this.#length = 0;
    this.#opcode = 0;
  }
}

function judgeClose(payload) {
  if (payload.length === 0) return;
  const code = (payload[0] << 8) | payload[1];
  const known =
    (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code < 5000);
  if (payload.length === 1 || !known || !isUtf8(payload.subarray(2))) throw new Error("Close");
}

/** In place, four octets at a time where they lie so. */
function unmask(octets, start, length) {
  const [a, b, c, d] = [octets[start - 4], octets[start - 3], octets[start - 2], octets[start - 1]];
  const key = [a, b, c, d];
  let at = start;
  const end = start + length;
  while (at < end && (octets.byteOffset + at) & 3) {
    octets[at] ^= key[(at - start) & 3];
    at++;
  }
  const words = (end - at) >> 2;
  if (words > 4) {
    const turn = at - start;
    const mask = key[turn & 3] | (key[(turn + 1) & 3] << 8) | (key[(turn + 2) & 3] << 16) | (key[(turn + 3) & 3] << 24);
    const view = new Int32Array(octets.buffer, octets.byteOffset + at, words);
    for (let word = 0; word < words; word++) view[word] ^= mask;
    at += words * 4;
  }
  for (; at < end; at++) octets[at] ^= key[(at - start) & 3];
}

/** A frame with its payload copied and masked, in memory of its own. */
export function encodeMasked(opcode, payload, key) {
  const { length } = payload;
  const header = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const out = Buffer.allocUnsafe(header + length);
  out[0] = 128 | opcode;
  if (length < 126) out[1] = 128 | length;
  else if (length < 65_536) {
    out[1] = 254;
    out.writeUInt16BE(length, 2);
  } else {
    out[1] = 255;
    out.writeBigUInt64BE(BigInt(length), 2);
  }
  out.set(key, header - 4);
  out.set(payload, header);
  unmask(out, header, length);
  return out;
}
