import { backend } from "./backend.js";
import type { Role } from "./endpoint.js";
import { check } from "./octets.js";

/** What can be said of a frame beside its opcode and payload. */
export interface FrameOptions {
  /** Whether the frame ends its message. Default true. */
  fin?: boolean;
  /** RSV bits: 4 is RSV1. Default 0. */
  rsv?: number;
}

const SLAB = 64 * 1024;
/** Octets of the longest header. */
const HEADER = 14;
const utf8 = new TextEncoder();

/**
 * Writes frames; nothing is judged, so illegal ones can be said too.
 *
 * ```js
 * const encoder = new Encoder("client");
 * socket.write(encoder.encode(1, "hello"));
 * ```
 */
export class Encoder {
  /** Which end it writes for: a client masks each frame with a fresh key (RFC 6455 §5.3). */
  readonly role: Role;
  readonly #masked: number;
  #slab = new Uint8Array(SLAB);
  #used = 0;
  readonly #keys = new Uint32Array(256);
  #nextKey = 256;

  /** An encoder for frames that this end sends. */
  constructor(role: Role) {
    if (role !== "client" && role !== "server") {
      throw new TypeError(`role is "client" or "server", not ${String(role)}`);
    }
    this.role = role;
    this.#masked = role === "client" ? 256 : 0;
  }

  /** A frame in memory that nothing else uses. `opcode` is 0 to 15: 1 text, 2 binary, 8 Close, 9 ping, 10 pong. */
  encode(opcode: number, payload: Uint8Array | string, options?: FrameOptions): Uint8Array {
    const octets = typeof payload === "string" ? utf8.encode(payload) : payload;
    const { buffer } = octets;
    check(octets, buffer);
    const word = this.#word(opcode, options);
    const room = octets.length + HEADER;
    if (room > SLAB / 4) {
      const out = new Uint8Array(room);
      return out.subarray(0, backend().encode(word, this.#key(), octets, out, 0));
    }
    // An earlier frame of ours as payload, to be put into another: the memory that it lies in is left to it.
    if (buffer === this.#slab.buffer) this.#used = SLAB;
    const at = this.#room(room);
    return this.#cut(at, backend().encode(word, this.#key(), octets, this.#slab, at));
  }

  /** The header alone, of a frame with this payload: an unmasked payload can be written after it, uncopied. */
  header(opcode: number, payload: Uint8Array, options?: FrameOptions): Uint8Array {
    const at = this.#room(HEADER);
    const word = this.#word(opcode, options);
    return this.#cut(at, backend().encodeHeader(word, this.#key(), payload.length, this.#slab, at));
  }

  #word(opcode: number, options: FrameOptions | undefined): number {
    const fin = options?.fin === false ? 0 : 128;
    return (opcode & 15) | (((options?.rsv ?? 0) & 7) << 4) | fin | this.#masked;
  }

  /** Where in the slab so many octets find place. */
  #room(octets: number): number {
    if (this.#used + octets > SLAB) {
      this.#slab = new Uint8Array(SLAB);
      this.#used = 0;
    }
    return this.#used;
  }

  #cut(at: number, length: number): Uint8Array {
    this.#used = at + length;
    return new Uint8Array(this.#slab.buffer, at, length);
  }

  /** A key of the host's entropy (§10.3), fetched many at a time. */
  #key(): number {
    if (this.#masked === 0) return 0;
    if (this.#nextKey === this.#keys.length) {
      crypto.getRandomValues(this.#keys);
      this.#nextKey = 0;
    }
    return this.#keys[this.#nextKey++] as number;
  }
}

/**
 * Masks or unmasks octets in place (RFC 6455 §5.3). `offset` is the place of the first of them in the payload.
 *
 * ```js
 * mask(Uint8Array.of(1, 2, 3, 4), payload);
 * ```
 */
export function mask(key: Uint8Array, octets: Uint8Array, offset = 0): void {
  if (key.length !== 4) throw new RangeError(`a masking key has 4 octets, not ${key.length}`);
  const word = new Uint32Array(Uint8Array.from(key).buffer)[0] as number;
  backend().applyMask(word, offset, octets);
}
