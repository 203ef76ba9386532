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
  /** Decodes `input` in place, describes it in `table`, returns the number of events. */
  feed(handle: number, input: Uint8Array, table: Uint32Array): number;
  violation(handle: number): string;
  /** Returns why not, or nothing. */
  send(handle: number, word: number, payload: Uint8Array): string | undefined;
  close(handle: number, code: number, reason: Uint8Array): string | undefined;
  /** All that waits to be written, in memory of its own. */
  take(handle: number): Uint8Array;
  receiveEof(handle: number): void;
  status(handle: number): number;
  offset(handle: number): number;
  /** The frame, or its header alone, at the start of `out`; its length, or 0 when `out` is too short. */
  encode(word: number, key: number, payload: Uint8Array, whole: number, out: Uint8Array): number;
  applyMask(key: number, offset: number, octets: Uint8Array): void;
  ask(question: Uint8Array): string;
}

/** The layout of a table: `bindings-js/src/table.rs` says the same. */
export const HEAD = 34;
export const EVENT = 3;
export const ASIDE_OCTET = 8;
export const FULL = 1;
export const FAILED = 2;

let current: Backend | undefined;

/** Sets the half to be used; the entry of each platform does that before anything else. */
export function use(backend: Backend): void {
  current = backend;
}

/** The half in use. */
export function backend(): Backend {
  if (current === undefined) throw new Error("wsproof is not initialised: await init() first");
  return current;
}
