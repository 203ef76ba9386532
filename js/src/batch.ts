import { ASIDE, ASIDE_AT, EVENT, HEAD, INFLATED } from "./backend.js";
import { whole } from "./checks.js";
import type { Violation } from "./violation.js";

/** What a stream says: a message, a piece of one where `pieces` was asked for, or a control frame. */
export interface Event {
  /** `"text"` and `"binary"` are messages or pieces of them; the rest are control frames. */
  readonly type: "text" | "binary" | "close" | "ping" | "pong";
  /**
   * A view on the octets that were fed, or a copy where a message was not whole in one frame of them: copy it to keep it
   * beyond the reuse of those. Of text it is UTF-8 that was validated, whole characters always.
   */
  readonly payload: Uint8Array;
  /** Whether the piece begins its message: always true without `pieces`. */
  readonly first: boolean;
  /** Whether the piece ends its message: always true without `pieces`. */
  readonly last: boolean;
  /** RSV bits of the message: 4 is RSV1. */
  readonly rsv: number;
  /** The code of a Close, if it has one. */
  readonly code?: number;
  /** The reason of a Close. */
  readonly reason?: string;
}

const TYPES: Record<number, Event["type"]> = { 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };
const utf8 = new TextDecoder();
const NOTHING = new Uint8Array();
const NO_EVENTS = new Uint32Array(HEAD);

/**
 * What one read held. For speed use the numbers: {@link opcode}, {@link payload}; for comfort iterate.
 * A decoder may fill the same batch anew each time it is fed: what is to be kept is copied out of it.
 */
export class Batch implements Iterable<Event> {
  /** How many events there are. */
  get length(): number {
    return this.#length;
  }

  /** The rule that was broken after these events, if any. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  /** What compressed messages inflated to, and messages that were joined. */
  get inflated(): Uint8Array {
    return this.#inflated;
  }

  /** The octets that were fed, decoded. */
  get octets(): Uint8Array {
    return this.#octets;
  }

  /** A copy of the numbers: three words an event, after 36 others. `js/border/src/table.rs` tells what they are. */
  get table(): Uint32Array {
    return this.#table.slice(0, HEAD + EVENT * this.#length);
  }

  #octets: Uint8Array = NOTHING;
  #inflated: Uint8Array = NOTHING;
  #table: Uint32Array = NO_EVENTS;
  #length = 0;
  #violation: Violation | undefined;
  // Where the octets are: to ask for it takes as long as the rest of a view does.
  #buffer: ArrayBufferLike = NOTHING.buffer;
  #start = 0;

  /** @internal */
  fill(
    octets: Uint8Array,
    buffer: ArrayBufferLike,
    inflated: Uint8Array,
    table: Uint32Array,
    length: number,
    violation: Violation | undefined,
  ): this {
    this.#octets = octets;
    this.#inflated = inflated;
    this.#table = table;
    this.#length = length;
    this.#violation = violation;
    this.#buffer = buffer;
    this.#start = octets.byteOffset;
    return this;
  }

  /** The first word of an event's row. Throws where there is no such event. */
  #word(at: number): number {
    if (at >>> 0 !== at || at >= this.#length) this.#refuse(at);
    return this.#table[HEAD + EVENT * at] as number;
  }

  #refuse(at: number): never {
    whole(0, Number.MAX_SAFE_INTEGER)("at", at);
    throw new RangeError(`at is ${at}, of a batch with ${this.#length} events`);
  }

  /** The opcode of an event: 1 text, 2 binary, 8 Close, 9 ping, 10 pong. */
  opcode(at: number): number {
    return this.#word(at) & 0xf;
  }

  /** Whether a piece ends its message. */
  isLast(at: number): boolean {
    return (this.#word(at) & 32) !== 0;
  }

  /** The payload of an event, as a view; of a Close its reason. */
  payload(at: number): Uint8Array {
    const word = this.#word(at);
    const table = this.#table;
    const row = HEAD + EVENT * at;
    const start = table[row + 1] as number;
    const length = table[row + 2] as number;
    if (word & (INFLATED | ASIDE)) {
      if (word & INFLATED) return this.#inflated.subarray(start, start + length);
      return new Uint8Array(table.buffer, table.byteOffset + 4 * ASIDE_AT, length).slice();
    }
    // Quicker than subarray(), of a Buffer above all.
    return new Uint8Array(this.#buffer, this.#start + start, length);
  }

  /** The payload of an event as text. */
  text(at: number): string {
    return utf8.decode(this.payload(at));
  }

  /** An event as an object. */
  event(at: number): Event {
    const word = this.#word(at);
    const type = TYPES[word & 0xf] ?? "binary";
    const payload = this.payload(at);
    const event = {
      type,
      payload,
      first: (word & 16) !== 0,
      last: (word & 32) !== 0,
      rsv: (word >>> 8) & 7,
    };
    if (type !== "close") return event;
    const code = word >>> 16;
    const reason = utf8.decode(payload);
    return code === 0 ? { ...event, reason } : { ...event, code, reason };
  }

  *[Symbol.iterator](): Iterator<Event> {
    for (let at = 0; at < this.#length; at++) yield this.event(at);
  }
}
