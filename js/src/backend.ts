/** The border to Rust: what both halves offer. Objects are named by handles; memory is the caller's. */
export interface Backend {
  /** Which half this is. */
  readonly name: "native" | "wasm";
  decoder(flags: number, maxFrame: number, maxMessage: number, maxFragments: number): number;
  connection(
    flags: number,
    maxFrame: number,
    maxMessage: number,
    maxFragments: number,
    pongBacklog: number,
    seed: number,
  ): number;
  free(handle: number): void;
  /** How many objects have not been given back. */
  live(): number;
  /** Tells which table {@link feed} is to fill. Its memory must be an endpoint's alone: never hand it out. */
  adopt(handle: number, table: Uint32Array): void;
  /**
   * Decodes `input` in place and describes it in the table that was adopted. The input must be a view: ask `isOctets` before.
   * Where nothing is `masked` it stays as it is.
   */
  feed(handle: number, input: Uint8Array, table: Uint32Array, masked: boolean): void;
  /** The octets that the last {@link feed} inflated: as many as the table says. */
  inflated(length: number): Uint8Array;
  /** Gives an endpoint compression; why not, or nothing. The window is checked for 1, not for 0, and as Rust does it for 2. */
  deflate(
    handle: number,
    level: number,
    memLevel: number,
    minLength: number,
    checkWindow: number,
    agreed: Uint8Array,
  ): string | undefined;
  violation(handle: number): string;
  /** Returns why not, or nothing. */
  send(handle: number, word: number, payload: Uint8Array): string | undefined;
  close(handle: number, code: number, reason: Uint8Array): string | undefined;
  /** All that waits to be written, in memory of its own. */
  take(handle: number): Uint8Array;
  receiveEof(handle: number): void;
  status(handle: number): number;
  offset(handle: number): number;
  /** Memory for so many octets, whatever is in it. */
  allocate(octets: number): Uint8Array;
  /** Fills `out`, which is new memory, with a frame. The payload must be a view of memory that is not shared. */
  encode(word: number, key: number, payload: Uint8Array, out: Uint8Array): void;
  /** Masks a frame's payload, after a header of so many octets, with the key in that. The frame must be a view of ours. */
  maskFrame(frame: Uint8Array, header: number): void;
  /** Writes the header alone of a frame with so many octets to the start of `out`, its key zero; how long it is. */
  encodeHeader(word: number, length: number, out: Uint8Array): number;
  applyMask(key: number, offset: number, octets: Uint8Array): void;
  ask(question: Uint8Array): string;
}

/** The layout of a table: `js/border/src/table.rs` says the same. */
export const HEAD = 36;
export const EVENT = 3;
export const ASIDE_AT = 4;
export const ASIDE = 64;
export const INFLATED = 128;
export const DONE = 0;
export const FULL = 1;
export const FAILED = 2;

/** Whether it is a `Uint8Array`: one that has only the prototype of one has no memory. */
export function isOctets(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && value instanceof Uint8Array;
}

let codec: Backend | undefined;
let full: Backend | undefined;
let loadFull: (() => Backend) | undefined;

/**
 * Sets what is to be used; the entry of each platform does that before anything else. What has the handshake and
 * compression may be loaded when it is wanted first.
 */
export function use(backend: Backend, load?: () => Backend): void {
  codec = backend;
  loadFull = load;
}

/** Sets what has the handshake and compression. */
export function useFull(backend: Backend): void {
  full = backend;
}

/** What decodes and encodes. */
export function backend(): Backend {
  if (codec === undefined) throw new Error("wsproof is not initialised: import one of the package's entries");
  return codec;
}

/** What also has the handshake and compression. */
export function fullBackend(): Backend {
  full ??= loadFull?.();
  if (full === undefined) throw new Error("await loadAll() first: the handshake and compression are not loaded yet");
  return full;
}

/** All that are loaded. */
export function loaded(): Backend[] {
  return [...new Set([codec, full])].filter((one) => one !== undefined);
}
