import { backend, isOctets } from "./backend.js";
import * as checks from "./checks.js";
import type { Role } from "./endpoint.js";
import { checkThere, unshared } from "./octets.js";

/** What can be said of a frame beside its opcode and payload. */
export interface FrameOptions {
  /** Whether the frame ends its message. Default true. */
  fin?: boolean;
  /** RSV bits: 4 is RSV1. Default 0. */
  rsv?: number;
}

const SLAB = 64 * 1024;
/** Headers that an encoder remembers; a power of two. */
const HEADERS = 256;
/** Octets up to which masking takes less time than a call into Rust. */
const SMALL = 32;
const utf8 = new TextEncoder();

/** A header as Rust writes it, for frames of one kind and length; its key, if it has one, is zero. */
interface Header {
  readonly word: number;
  readonly length: number;
  readonly octets: Uint8Array;
}

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
  #buffer = this.#slab.buffer;
  #used = 0;
  readonly #keys = new Uint32Array(256);
  readonly #keyOctets = new Uint8Array(this.#keys.buffer);
  #nextKey = 256;
  readonly #headers: (Header | undefined)[] = new Array(HEADERS).fill(undefined);

  /** An encoder for frames that this end sends. */
  constructor(role: Role) {
    checks.role("role", role);
    this.role = role;
    this.#masked = role === "client" ? 256 : 0;
  }

  /** A frame in memory that nothing else uses. `opcode` is 0 to 15: 1 text, 2 binary, 8 Close, 9 ping, 10 pong. */
  encode(opcode: number, payload: Uint8Array | string, options?: FrameOptions): Uint8Array {
    const octets = typeof payload === "string" ? utf8.encode(payload) : payload;
    if (!isOctets(octets)) checks.octetsOrText("payload", octets);
    if (octets.length === 0) checkThere(octets, octets.buffer);
    const word = this.#word(opcode, options);
    const header = this.#header(word, octets.length);
    const length = header.length + octets.length;
    if (length > SLAB / 4) {
      const out = backend().allocate(length);
      backend().encode(word, this.#key(), unshared(octets), out);
      return out;
    }
    const start = this.#room(length);
    this.#write(header, octets, start);
    this.#used = start + length;
    const frame = new Uint8Array(this.#buffer, start, length);
    if (this.#masked !== 0 && octets.length > SMALL) backend().maskFrame(frame, header.length);
    return frame;
  }

  /**
   * The header alone, of a frame with this payload: an unmasked payload can be written after it, uncopied. What a server's
   * encoder returns may be returned again for the next frame of this length: **do not write to it**.
   */
  header(opcode: number, payload: Uint8Array, options?: FrameOptions): Uint8Array {
    if (!isOctets(payload)) checks.octets("payload", payload);
    const header = this.#header(this.#word(opcode, options), payload.length);
    if (this.#masked === 0) return header;
    const masked = header.slice();
    this.#putKey(masked, header.length);
    return masked;
  }

  /** A header that was written before for such a frame, or a new one. */
  #header(word: number, length: number): Uint8Array {
    const place = (word ^ length) & (HEADERS - 1);
    const known = this.#headers[place];
    if (known !== undefined && known.word === word && known.length === length) return known.octets;
    const longest = new Uint8Array(14);
    const octets = longest.slice(0, backend().encodeHeader(word, length, longest));
    this.#headers[place] = { word, length, octets };
    return octets;
  }

  /** Writes a frame into the slab; a payload that is not small is still to be masked. */
  #write(header: Uint8Array, payload: Uint8Array, start: number): void {
    const slab = this.#slab;
    const headerLength = header.length;
    for (let octet = 0; octet < headerLength; octet++) slab[start + octet] = header[octet] as number;
    const at = start + headerLength;
    const length = payload.length;
    if (this.#masked === 0) {
      slab.set(payload, at);
      return;
    }
    const place = this.#putKey(slab, at);
    if (length > SMALL) {
      slab.set(payload, at);
      return;
    }
    const keys = this.#keyOctets;
    const first = keys[place] as number;
    const second = keys[place + 1] as number;
    const third = keys[place + 2] as number;
    const fourth = keys[place + 3] as number;
    let octet = 0;
    for (; octet + 3 < length; octet += 4) {
      slab[at + octet] = (payload[octet] as number) ^ first;
      slab[at + octet + 1] = (payload[octet + 1] as number) ^ second;
      slab[at + octet + 2] = (payload[octet + 2] as number) ^ third;
      slab[at + octet + 3] = (payload[octet + 3] as number) ^ fourth;
    }
    for (; octet < length; octet++) {
      slab[at + octet] = (payload[octet] as number) ^ (keys[place + (octet & 3)] as number);
    }
  }

  /** Puts a fresh key where a header ends; returns where it is among the keys. */
  #putKey(out: Uint8Array, end: number): number {
    this.#key();
    const keys = this.#keyOctets;
    const place = 4 * (this.#nextKey - 1);
    out[end - 4] = keys[place] as number;
    out[end - 3] = keys[place + 1] as number;
    out[end - 2] = keys[place + 2] as number;
    out[end - 1] = keys[place + 3] as number;
    return place;
  }

  #word(opcode: number, options: FrameOptions | undefined): number {
    if ((opcode & 15) !== opcode) checks.opcode("opcode", opcode);
    const word = opcode | this.#masked;
    if (options === undefined) return word | 128;
    checks.frameOptions("options", options);
    return word | ((options.rsv ?? 0) << 4) | (options.fin === false ? 0 : 128);
  }

  /** Where in the slab so many octets find place. */
  #room(octets: number): number {
    if (this.#used + octets > SLAB) {
      this.#slab = new Uint8Array(SLAB);
      this.#buffer = this.#slab.buffer;
      this.#used = 0;
    }
    return this.#used;
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
  checks.octets("key", key);
  checks.octets("octets", octets);
  checks.offset("offset", offset);
  if (key.length !== 4) throw new RangeError(`a masking key has 4 octets, not ${key.length}`);
  const word = new Uint32Array(Uint8Array.from(key).buffer)[0] as number;
  backend().applyMask(word, offset, octets);
}
