import { type Backend, EVENT, FAILED, FULL, HEAD, INFLATED, OVERLAP } from "./backend.js";
import { Batch } from "./batch.js";
import type { DeflateOptions } from "./deflate.js";
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
   * permessage-deflate as it was agreed in the handshake: messages with RSV1 are inflated, and a connection compresses what
   * it sends. `maxMessage` counts what comes out. Default: none.
   */
  deflate?: string | DeflateOptions;
}

const finalizers = new FinalizationRegistry(([rust, handle]: [Backend, number]) => rust.free(handle));

/** The numbers of the options, for the border. */
export function settings(role: Role, options: DecoderOptions): [number, number, number, number] {
  if (role !== "client" && role !== "server") throw new TypeError(`role is "client" or "server", not ${String(role)}`);
  const rsv = options.allowedRsv ?? 0;
  if (!Number.isInteger(rsv) || rsv < 0 || rsv > 7) throw new RangeError(`allowedRsv is 0 to 7, not ${rsv}`);
  return [
    (role === "server" ? 1 : 0) | (rsv << 1),
    limit("maxFrame", options.maxFrame),
    limit("maxMessage", options.maxMessage),
    limit("maxFragments", options.maxFragments),
  ];
}

/** A limit for the border, where -1 asks for the default of the Rust library. */
function limit(name: string, value: number | undefined): number {
  if (value === undefined) return -1;
  if (!(value >= 0)) throw new RangeError(`${name} is a number of at least 0, not ${value}`);
  return value;
}

const NOTHING = new Uint8Array();

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** What a decoder and a connection have in common: a handle that is given back, and a table. */
export abstract class Endpoint implements Disposable {
  #handle: number;
  /** @internal */
  protected readonly rust: Backend;
  #table = new Uint32Array(HEAD + 64 * EVENT);

  /** @internal */
  constructor(rust: Backend, handle: number) {
    this.rust = rust;
    this.#handle = handle;
    finalizers.register(this, [rust, handle], this);
  }

  /** @internal */
  protected get handle(): number {
    if (this.#handle === 0) throw new Error(`this ${this.constructor.name} was disposed of`);
    return this.#handle;
  }

  /** @internal */
  protected take(octets: Uint8Array): Batch {
    if (!(octets instanceof Uint8Array)) throw new TypeError("octets are a Uint8Array");
    const rust = this.rust;
    let table = this.#table;
    let count = rust.feed(this.handle, octets, table);
    if (count === OVERLAP) throw new TypeError("octets to be decoded must not be those of a table of events");
    let inflated = table[2] === 0 ? NOTHING : rust.inflated(table[2] as number);
    let length = inflated.length;
    if (table[0] === FULL) {
      // Rare: an input of many small frames, for which the table grows and stays so, or one that inflates to very much.
      let done = table[1] as number;
      const parts = [inflated];
      for (;;) {
        if ((table.length - HEAD) / EVENT === count) {
          const wider = new Uint32Array(HEAD + 2 * (table.length - HEAD));
          wider.set(table);
          this.#table = wider;
          table = wider;
        }
        const part = new Uint32Array(HEAD + Math.min((table.length - HEAD) / EVENT - count, 1024) * EVENT);
        const more = rust.feed(this.handle, octets.subarray(done), part);
        if (part[2] !== 0) parts.push(rust.inflated(part[2] as number));
        for (let at = 0; at < more; at++) {
          const from = HEAD + EVENT * at;
          const to = HEAD + EVENT * (count + at);
          const word = part[from] as number;
          table[to] = word;
          table[to + 1] = (part[from + 1] as number) + (word & INFLATED ? length : done);
          table[to + 2] = part[from + 2] as number;
        }
        count += more;
        length += part[2] as number;
        done += part[1] as number;
        table[0] = part[0] as number;
        table[1] = done;
        if (part[0] !== FULL) break;
      }
      if (parts.length > 1) inflated = joined(parts, length);
    }
    const violation = table[0] === FAILED ? violationOf(rust, this.handle) : undefined;
    return new Batch(octets, inflated, table, count, violation);
  }

  /** Octets of the stream processed so far. */
  get offset(): number {
    return this.rust.offset(this.handle);
  }

  /** The rule that was broken, if any. */
  get violation(): Violation | undefined {
    return violationOf(this.rust, this.handle);
  }

  /** Gives the memory back at once instead of some time after the last use. */
  [Symbol.dispose](): void {
    if (this.#handle === 0) return;
    finalizers.unregister(this);
    this.rust.free(this.#handle);
    this.#handle = 0;
  }
}
