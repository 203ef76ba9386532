import { type Backend, DONE, EVENT, FAILED, FULL, HEAD, INFLATED, isOctets } from "./backend.js";
import { Batch } from "./batch.js";
import { octets as checkOctets } from "./checks.js";
import type { DeflateOptions } from "./deflate.js";
import { check, joined } from "./octets.js";
import { type Violation, violationOf } from "./violation.js";

/** Which end of a connection. */
export type Role = "client" | "server";

/** Bounds on what is received, of which `Infinity` is none, and what was agreed in the handshake. */
export interface DecoderOptions {
  /** Octets of a frame's payload. Default 64 MiB. */
  maxFrame?: number;
  /** Octets of a message. Default 64 MiB. */
  maxMessage?: number;
  /** Frames of a message. Default 2^20. */
  maxFragments?: number;
  /** RSV bits (4 is RSV1) that a negotiated extension may set on the first frame of a message. Default 0. */
  allowedRsv?: number;
  /**
   * Tell of messages in pieces, as they arrive, instead of whole: {@link Event.first} and {@link Event.last} say which. Text is
   * cut between characters, so each piece of it can be decoded by itself. Default false.
   */
  pieces?: boolean;
  /**
   * permessage-deflate as it was agreed in the handshake: messages with RSV1 are inflated, and a connection compresses what
   * it sends. `maxMessage` counts what comes out. Default: none.
   */
  deflate?: string | DeflateOptions;
}

const finalizers = new FinalizationRegistry(([rust, handle]: [Backend, number]) => rust.free(handle));

/** The numbers of options that were checked, for the border, where -1 asks for the default of the Rust library. */
export function settings(role: Role, options: DecoderOptions): [number, number, number, number] {
  return [
    (role === "server" ? 1 : 0) | ((options.allowedRsv ?? 0) << 1) | (options.pieces ? 128 : 0),
    options.maxFrame ?? -1,
    options.maxMessage ?? -1,
    options.maxFragments ?? -1,
  ];
}

const NOTHING = new Uint8Array();
const NO_EVENTS = new Uint32Array(HEAD);
/** Words of a table that an endpoint keeps between reads: 64 KiB. */
const KEPT_WORDS = 16_384;

/**
 * Appends the events of a table to `rows`, which has `count`, or to a wider copy of it. What they tell of begins at `done` in
 * the input, at `inflated` in what was inflated. An event's octets beside the input are only in the first table of a read.
 */
function copyRows(table: Uint32Array, rows: Uint32Array, count: number, done: number, inflated: number): Uint32Array {
  const more = table[3] as number;
  const needed = HEAD + (count + more) * EVENT;
  let to = rows;
  if (needed > rows.length) {
    to = new Uint32Array(2 * needed);
    to.set(rows);
  }
  if (count === 0) to.set(table.subarray(0, HEAD));
  for (let at = 0; at < more; at++) {
    const from = HEAD + EVENT * at;
    const row = HEAD + EVENT * (count + at);
    const word = table[from] as number;
    to[row] = word;
    to[row + 1] = (table[from + 1] as number) + (word & INFLATED ? inflated : done);
    to[row + 2] = table[from + 2] as number;
  }
  return to;
}

/** What a decoder and a connection have in common: a handle that is given back, and a table. */
export abstract class Endpoint implements Disposable {
  #handle: number;
  /** @internal */
  protected readonly rust: Backend;
  /** What Rust writes to; never handed out. */
  #table: Uint32Array = NO_EVENTS;
  /** The events of reads that took several calls. */
  #rows: Uint32Array = NO_EVENTS;
  readonly #batch = new Batch();
  /** A server receives what is masked (RFC 6455 §5.1). */
  readonly #masked: boolean;

  /** @internal */
  constructor(rust: Backend, handle: number, receiver: Role) {
    this.rust = rust;
    this.#handle = handle;
    this.#masked = receiver === "server";
    this.#adopt(HEAD + 64 * EVENT);
    finalizers.register(this, [rust, handle], this);
  }

  /** @internal */
  protected get handle(): number {
    if (this.#handle === 0) throw new Error(`this ${this.constructor.name} was disposed of`);
    return this.#handle;
  }

  /** @internal */
  protected take(octets: Uint8Array): Batch {
    if (!isOctets(octets)) checkOctets("octets", octets);
    const { buffer } = octets;
    check(octets, buffer);
    const table = this.#table;
    this.rust.feed(this.handle, octets, table, this.#masked);
    if (table[0] === DONE && table[2] === 0) {
      return this.#batch.fill(octets, buffer, NOTHING, table, table[3] as number, undefined);
    }
    return this.#takeMore(octets);
  }

  /** Goes on where one call did not tell all: the table was full, there are inflated octets, or a rule was broken. */
  #takeMore(octets: Uint8Array): Batch {
    const rust = this.rust;
    const table = this.#table;
    let rows = table;
    let count = table[3] as number;
    let inflated = table[2] === 0 ? NOTHING : rust.inflated(table[2] as number);
    if (table[0] === FULL) {
      // Rare: an input of many small frames, or one that inflates to very much.
      const parts = [inflated];
      let length = inflated.length;
      let done = 0;
      rows = copyRows(table, this.#rows, 0, 0, 0);
      while (table[0] === FULL) {
        done += table[1] as number;
        rust.feed(this.handle, octets.subarray(done), table, this.#masked);
        rows = copyRows(table, rows, count, done, length);
        count += table[3] as number;
        if (table[2] !== 0) {
          const part = rust.inflated(table[2] as number);
          parts.push(part);
          length += part.length;
        }
      }
      if (parts.length > 1) inflated = joined(parts);
      this.#rows = rows.length > KEPT_WORDS ? NO_EVENTS : rows;
      // So that one call does the next time.
      const wanted = Math.min(HEAD + 2 * count * EVENT, KEPT_WORDS);
      if (wanted > table.length) this.#adopt(wanted);
    }
    const violation = table[0] === FAILED ? violationOf(rust, this.handle) : undefined;
    // A batch of its own: what a long message takes is not kept until the next read.
    return new Batch().fill(octets, octets.buffer, inflated, rows, count, violation);
  }

  #adopt(words: number): void {
    // Not in the garbage collector's own heap, where it could move.
    this.#table = new Uint32Array(new ArrayBuffer(4 * words));
    this.rust.adopt(this.#handle, this.#table);
  }

  /** Octets of the stream processed so far. */
  get offset(): number {
    return this.rust.offset(this.handle);
  }

  /** The rule that was broken, if any. */
  get violation(): Violation | undefined {
    return violationOf(this.rust, this.handle);
  }

  /** Gives the memory back at once instead of some time after the last use; what is called afterwards throws. */
  dispose(): void {
    this[Symbol.dispose]();
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    if (this.#handle === 0) return;
    finalizers.unregister(this);
    this.rust.free(this.#handle);
    this.#handle = 0;
  }
}
