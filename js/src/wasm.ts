import { ASIDE, ASIDE_AT, type Backend, EVENT, HEAD, INFLATED } from "./backend.js";
import { check } from "./octets.js";

/** What the module exports; see bindings-wasm/src/lib.rs. */
interface Exports {
  memory: WebAssembly.Memory;
  input(len: number): number;
  table_at(): number;
  output(): number;
  output_len(): number;
  decoder: Backend["decoder"];
  connection: Backend["connection"];
  free(handle: number): void;
  live(): number;
  feed(handle: number, len: number, events: number): void;
  pass(handle: number, len: number, rest: number): number;
  /** Only in the full module, as the two below. */
  inflated(): number;
  deflate(
    handle: number,
    level: number,
    memLevel: number,
    minLength: number,
    checkWindow: number,
    len: number,
  ): number;
  violation(handle: number): number;
  send(handle: number, word: number, len: number): number;
  close(handle: number, code: number, len: number): number;
  transmit(handle: number): number;
  receive_eof(handle: number): void;
  status(handle: number): number;
  offset(handle: number): number;
  encode(word: number, key: number, len: number): number;
  encode_header(word: number, len: number): number;
  mask_frame(len: number, header: number): void;
  apply_mask(key: number, offset: number, len: number): void;
  ask(len: number): void;
}

/** Octets up to which a loop copies in less time than it takes to make a view for a call that copies. */
const SHORT = 24;
/** Octets of a read from which on payloads that nobody need look at are looked for. */
const LARGE = 4096;
/** Octets of the longest header. */
const HEADER = 14;

/** A module of one function with a SIMD instruction: it is valid where SIMD is there. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Whether the SIMD build runs here. */
export function simdSupported(): boolean {
  return WebAssembly.validate(SIMD_PROBE);
}

/** A compiled module as a backend. */
export class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly #rust: Exports;
  readonly #decoder = new TextDecoder();
  #octets: Uint8Array;
  #words: Uint32Array;
  /** Where octets for a call are put, and how many find place there. */
  #input = 0;
  #room = 0;
  readonly #table: number;
  readonly decoder: Backend["decoder"];
  readonly connection: Backend["connection"];

  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, {
      wsproof: {
        random: (at: number, len: number) => {
          crypto.getRandomValues(new Uint8Array(this.#rust.memory.buffer, at, len));
        },
      },
    });
    this.#rust = instance.exports as unknown as Exports;
    this.decoder = this.#rust.decoder;
    this.connection = this.#rust.connection;
    this.#table = this.#rust.table_at() >>> 2;
    this.#octets = new Uint8Array(this.#rust.memory.buffer);
    this.#words = new Uint32Array(this.#rust.memory.buffer);
  }

  /** Looks at the memory anew after it has grown. */
  #refresh(): void {
    // Quicker than byteLength.
    if (this.#octets.length === 0) {
      this.#octets = new Uint8Array(this.#rust.memory.buffer);
      this.#words = new Uint32Array(this.#rust.memory.buffer);
    }
  }

  /** Puts octets into the input; returns where they are. */
  #put(octets: Uint8Array): number {
    check(octets, octets.buffer);
    return this.#place(octets);
  }

  /** The same, of what was looked at already. */
  #place(octets: Uint8Array): number {
    const at = this.#makeRoom(octets.length);
    // A view that lies beyond the end of its buffer has no octets to be copied.
    if (octets.length > 0) this.#octets.set(octets, at);
    return at;
  }

  /** Where so many octets can be put. */
  #makeRoom(length: number): number {
    if (length > this.#room) {
      this.#input = this.#rust.input(length);
      this.#room = length;
    }
    this.#refresh();
    return this.#input;
  }

  /** Copies octets of Rust's memory. */
  #copy(at: number, length: number, to: Uint8Array): void {
    const memory = this.#octets;
    if (length > SHORT) {
      to.set(memory.subarray(at, at + length));
      return;
    }
    for (let octet = 0; octet < length; octet++) to[octet] = memory[at + octet] as number;
  }

  /** The answer of the last call, still in Rust's memory. */
  #output(len: number): Uint8Array {
    this.#refresh();
    const at = this.#rust.output();
    return this.#octets.subarray(at, at + len);
  }

  #text(): string {
    return this.#decoder.decode(this.#output(this.#rust.output_len()));
  }

  free(handle: number): void {
    this.#rust.free(handle);
  }

  live(): number {
    return this.#rust.live();
  }

  adopt(): void {}

  feed(handle: number, input: Uint8Array, table: Uint32Array, masked: boolean): void {
    if (masked || input.length < LARGE) {
      const at = this.#place(input);
      this.#decode(handle, input.length, table, 0, 0);
      if (masked) this.#copy(at, input.length, input);
      return;
    }
    const room = (table.length - HEAD) / EVENT;
    let count = 0;
    let done = 0;
    while (count < room && done < input.length) {
      const passed = this.#pass(handle, input, done, table, count);
      if (passed === 0) break;
      if (table[HEAD + EVENT * count + 2] !== 0) count++;
      done += passed;
    }
    this.#place(done === 0 ? input : input.subarray(done));
    this.#decode(handle, input.length - done, table, count, done);
  }

  /** Decodes what was placed, `done` octets on in its read, and appends the events to a table that has `count`. */
  #decode(handle: number, length: number, table: Uint32Array, count: number, done: number): void {
    this.#rust.feed(handle, length, (table.length - HEAD) / EVENT - count);
    this.#refresh();
    const words = this.#words;
    const from = this.#table;
    const more = words[from + 3] as number;
    const start = HEAD + count * EVENT;
    let aside = 0;
    for (let word = 0; word < more * EVENT; word++) table[start + word] = words[from + HEAD + word] as number;
    for (let word = start; word < start + more * EVENT; word += EVENT) {
      aside |= table[word] as number;
      if (((table[word] as number) & INFLATED) === 0) table[word + 1] = (table[word + 1] as number) + done;
    }
    table[0] = words[from] as number;
    table[1] = done + (words[from + 1] as number);
    table[2] = words[from + 2] as number;
    table[3] = count + more;
    if (aside & ASIDE) table.set(words.subarray(from + ASIDE_AT, from + HEAD), ASIDE_AT);
  }

  /**
   * Goes past a large payload that need not be looked at, so that it is not copied: its row is written to the table, empty if
   * there was but a header. Returns how many octets that were, 0 for none.
   */
  #pass(handle: number, input: Uint8Array, done: number, table: Uint32Array, row: number): number {
    const rest = input.length - done;
    const head = Math.min(rest, HEADER);
    const at = this.#makeRoom(head);
    const memory = this.#octets;
    for (let octet = 0; octet < head; octet++) memory[at + octet] = input[done + octet] as number;
    const passed = this.#rust.pass(handle, head, rest);
    if (passed === 0) return 0;
    this.#refresh();
    const words = this.#words;
    const from = this.#table + HEAD;
    const to = HEAD + EVENT * row;
    table[to] = words[from] as number;
    table[to + 1] = done + (words[from + 1] as number);
    table[to + 2] = words[from + 2] as number;
    return passed;
  }

  inflated(length: number): Uint8Array {
    this.#refresh();
    const at = this.#rust.inflated();
    return this.#octets.slice(at, at + length);
  }

  deflate(
    handle: number,
    level: number,
    memLevel: number,
    minLength: number,
    checkWindow: number,
    agreed: Uint8Array,
  ): string | undefined {
    this.#put(agreed);
    const set = this.#rust.deflate(handle, level, memLevel, minLength, checkWindow, agreed.length);
    return set === 0 ? this.#text() : undefined;
  }

  violation(handle: number): string {
    return this.#rust.violation(handle) === 0 ? "" : this.#text();
  }

  send(handle: number, word: number, payload: Uint8Array): string | undefined {
    this.#put(payload);
    return this.#rust.send(handle, word, payload.length) === 0 ? this.#text() : undefined;
  }

  close(handle: number, code: number, reason: Uint8Array): string | undefined {
    this.#put(reason);
    return this.#rust.close(handle, code, reason.length) === 0 ? this.#text() : undefined;
  }

  take(handle: number): Uint8Array {
    return this.#output(this.#rust.transmit(handle)).slice();
  }

  receiveEof(handle: number): void {
    this.#rust.receive_eof(handle);
  }

  status(handle: number): number {
    return this.#rust.status(handle);
  }

  offset(handle: number): number {
    return this.#rust.offset(handle);
  }

  allocate(octets: number): Uint8Array {
    return new Uint8Array(octets);
  }

  encode(word: number, key: number, payload: Uint8Array, out: Uint8Array): void {
    this.#place(payload);
    this.#hand(this.#rust.encode(word, key, payload.length), out);
  }

  encodeHeader(word: number, length: number, out: Uint8Array): number {
    return this.#hand(this.#rust.encode_header(word, length), out);
  }

  /** Copies an answer to where it is wanted. */
  #hand(len: number, out: Uint8Array): number {
    if (len > out.length) return 0;
    this.#refresh();
    this.#copy(this.#rust.output(), len, out);
    return len;
  }

  maskFrame(frame: Uint8Array, header: number): void {
    const at = this.#place(frame);
    this.#rust.mask_frame(frame.length, header);
    this.#copy(at, frame.length, frame);
  }

  applyMask(key: number, offset: number, octets: Uint8Array): void {
    const at = this.#put(octets);
    this.#rust.apply_mask(key, offset, octets.length);
    this.#copy(at, octets.length, octets);
  }

  ask(question: Uint8Array): string {
    this.#put(question);
    this.#rust.ask(question.length);
    return this.#text();
  }
}
