// What the plain parser takes from Node, as a page has it.
const strict = new TextDecoder("utf-8", { fatal: true });

export function isUtf8(octets) {
  try {
    strict.decode(octets);
    return true;
  } catch {
    return false;
  }
}

export class Buffer extends Uint8Array {
  static allocUnsafe(length) {
    return new Buffer(length);
  }

  writeUInt16BE(value, at) {
    this[at] = value >>> 8;
    this[at + 1] = value;
  }

  writeBigUInt64BE(value, at) {
    new DataView(this.buffer, this.byteOffset).setBigUint64(at, value);
  }
}
