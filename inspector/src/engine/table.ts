import type { Sender } from "./model.js";

/** Words of a row; bindings-wasm/inspect/src/table.rs says what each holds. */
const ROW = 16;

/** A row, read from the table when it is shown. */
export interface Row {
  index: number;
  /** Microseconds since the beginning, if known. */
  time: number | undefined;
  sender: Sender;
  opcode: number;
  fin: boolean;
  rsv: number;
  /** The masking key. */
  mask: number | undefined;
  /** Octets of payload, as announced. */
  len: number;
  /** Octets of payload in the capture. */
  kept: number;
  /** In the sender's stream. */
  offset: number;
  headerLen: number;
  /** The number of its message. */
  message: number | undefined;
  /** The message's octets, inflated, and on the wire. */
  messageLen: number;
  messageWireLen: number;
  compressed: boolean;
  complete: boolean;
  violations: number;
  /** False: it is a message, of whose frames nothing is known. */
  isFrame: boolean;
}

/** The rows of a connection. Grows while a live capture runs. */
export class Table {
  #words = new Uint32Array(0);
  #len = 0;

  get length(): number {
    return this.#len;
  }

  append(words: Uint32Array): void {
    const used = this.#len * ROW;
    if (used === 0) {
      this.#words = words as Uint32Array<ArrayBuffer>;
    } else {
      if (used + words.length > this.#words.length) {
        const grown = new Uint32Array(Math.max(used + words.length, 2 * this.#words.length));
        grown.set(this.#words.subarray(0, used));
        this.#words = grown;
      }
      this.#words.set(words, used);
    }
    this.#len += words.length / ROW;
  }

  /** Microseconds since the beginning. */
  time(index: number): number {
    return this.#wide(index, 0);
  }

  len(index: number): number {
    return this.#wide(index, 4);
  }

  flags(index: number): number {
    return this.#words[index * ROW + 2] ?? 0;
  }

  violations(index: number): number {
    return this.#words[index * ROW + 10] ?? 0;
  }

  /** The number of its message and one, or 0. */
  message(index: number): number {
    return this.#words[index * ROW + 9] ?? 0;
  }

  #wide(index: number, at: number): number {
    return (this.#words[index * ROW + at] ?? 0) + (this.#words[index * ROW + at + 1] ?? 0) * 2 ** 32;
  }

  row(index: number): Row {
    const word = (at: number) => this.#words[index * ROW + at] ?? 0;
    const flags = word(2);
    const message = word(9);
    return {
      index,
      time: flags & 0x400 ? this.#wide(index, 0) : undefined,
      sender: flags & 0x200 ? "server" : "client",
      opcode: flags & 15,
      fin: (flags & 16) !== 0,
      rsv: (flags >> 5) & 7,
      mask: flags & 0x100 ? word(3) : undefined,
      len: this.#wide(index, 4),
      kept: word(8),
      offset: this.#wide(index, 6),
      headerLen: word(11),
      message: message ? message - 1 : undefined,
      messageLen: this.#wide(index, 12),
      messageWireLen: this.#wide(index, 14),
      compressed: (flags & 0x1000) !== 0,
      complete: (flags & 0x800) !== 0,
      violations: word(10),
      isFrame: (flags & 0x2000) === 0,
    };
  }
}

const NAMES: Record<number, string> = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };

export function opcodeName(opcode: number): string {
  return NAMES[opcode] ?? `reserved ${opcode}`;
}
