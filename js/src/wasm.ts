import { ASIDE, ASIDE_AT, type Backend, EVENT, HEAD, INFLATED } from "./backend.js";
import { check } from "./octets.js";

/** The JavaScript that wasm-bindgen makes of bindings-wasm/codec/src/lib.rs; the full module has more. */
type Codec = typeof import("../../bindings-wasm/pkg/codec/codec.js");
type Full = typeof import("../../bindings-wasm/pkg/full/full.js");
type Glue = Codec & Partial<Omit<Full, keyof Codec>>;

/** Octets up to which a loop copies in less time than it takes to make a view for a call that copies. */
const SHORT = 24;
/** From this length of a read on, it is searched for payloads that need no work. */
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

/**
 * A compiled module as a backend, given its own glue: that stands for one instance.
 * @internal
 */
export class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly #glue: Glue;
  readonly #memory: WebAssembly.Memory;
  #octets: Uint8Array;
  #words: Uint32Array;
  /** Where octets for a call are put, and how many find place there. */
  #input = 0;
  #room = 0;
  readonly #table: number;
  // What is called for each read or frame: one step less than by way of the glue's names.
  readonly #feed: Codec["feed"];
  readonly #passPayload: Codec["pass"];
  readonly #encode: Codec["encode"];
  readonly #maskFrame: Codec["maskFrame"];
  readonly decoder: Backend["decoder"];
  readonly connection: Backend["connection"];
  readonly free: Backend["free"];
  readonly live: Backend["live"];
  readonly violation: Backend["violation"];
  readonly take: Backend["take"];
  readonly receiveEof: Backend["receiveEof"];
  readonly status: Backend["status"];
  readonly offset: Backend["offset"];

  constructor(glue: Glue, module: WebAssembly.Module) {
    this.#memory = glue.initSync({ module }).memory;
    this.#glue = glue;
    this.#feed = glue.feed;
    this.#passPayload = glue.pass;
    this.#encode = glue.encode;
    this.#maskFrame = glue.maskFrame;
    this.decoder = glue.decoder;
    this.connection = glue.connection;
    this.free = glue.free;
    this.live = glue.live;
    this.violation = glue.violation;
    this.take = glue.transmit;
    this.receiveEof = glue.receiveEof;
    this.status = glue.status;
    this.offset = glue.offset;
    this.#table = glue.tableAt() >>> 2;
    this.#octets = new Uint8Array(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
  }

  /** Looks at the memory anew after it has grown. */
  #refresh(): void {
    // Quicker than byteLength.
    if (this.#octets.length === 0) {
      this.#octets = new Uint8Array(this.#memory.buffer);
      this.#words = new Uint32Array(this.#memory.buffer);
    }
  }

  /** Puts octets into the input; returns where they are. */
  #place(octets: Uint8Array): number {
    const at = this.#makeRoom(octets.length);
    // A view that lies beyond the end of its buffer has no octets to be copied.
    if (octets.length > 0) this.#octets.set(octets, at);
    return at;
  }

  /** Where so many octets can be put. */
  #makeRoom(length: number): number {
    if (length > this.#room) {
      this.#input = this.#glue.input(length);
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
    this.#feed(handle, length, (table.length - HEAD) / EVENT - count);
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
    const passed = this.#passPayload(handle, head, rest);
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
    const at = this.#glue.inflated();
    this.#refresh();
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
    return this.#full("deflate")(handle, level, memLevel, minLength, checkWindow, agreed);
  }

  send(handle: number, word: number, payload: Uint8Array): string | undefined {
    check(payload, payload.buffer);
    return this.#glue.send(handle, word, payload);
  }

  close(handle: number, code: number, reason: Uint8Array): string | undefined {
    return this.#glue.close(handle, code, reason);
  }

  allocate(octets: number): Uint8Array {
    return new Uint8Array(octets);
  }

  encode(word: number, key: number, payload: Uint8Array, out: Uint8Array): void {
    this.#place(payload);
    this.#hand(this.#encode(word, key, payload.length), out);
  }

  encodeHeader(word: number, length: number, out: Uint8Array): number {
    return this.#hand(this.#glue.encodeHeader(word, length), out);
  }

  /** Copies an answer to where it is wanted. */
  #hand(len: number, out: Uint8Array): number {
    if (len > out.length) return 0;
    this.#refresh();
    this.#copy(this.#glue.output(), len, out);
    return len;
  }

  maskFrame(frame: Uint8Array, header: number): void {
    const at = this.#place(frame);
    this.#maskFrame(frame.length, header);
    this.#copy(at, frame.length, frame);
  }

  applyMask(key: number, offset: number, octets: Uint8Array): void {
    check(octets, octets.buffer);
    const at = this.#place(octets);
    this.#glue.applyMask(key, offset, octets.length);
    this.#copy(at, octets.length, octets);
  }

  ask(question: Uint8Array): string {
    check(question, question.buffer);
    return this.#full("ask")(question);
  }

  /** A function of the full module. */
  #full<Name extends Exclude<keyof Full, keyof Codec>>(name: Name): Full[Name] {
    const call = this.#glue[name];
    if (call === undefined) throw new Error("the handshake and compression are in the full module");
    return call as Full[Name];
  }
}
