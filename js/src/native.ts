import type { Backend } from "./backend.js";

/** What the add-on exports; see bindings-node/codec/src/lib.rs. */
type Addon = Omit<Backend, "name" | "take" | "inflated" | "allocate"> & {
  inflated(out: Uint8Array): void;
  pending(handle: number): number;
  transmit(handle: number, out: Uint8Array): number;
};

/** From this many octets on, clearing memory takes longer than allocating it without. */
const LARGE = 4096;

/** Memory that nothing else lies in. */
function allocate(octets: number): Uint8Array {
  if (octets < LARGE) return new Uint8Array(octets);
  return new Uint8Array(Buffer.allocUnsafeSlow(octets).buffer);
}

/** The add-on as a backend. */
export function nativeBackend(addon: Addon): Backend {
  const take = (handle: number): Uint8Array => {
    let taken = new Uint8Array();
    // A pong that was held back is queued once there is room: so there may be more after the first.
    for (let pending = addon.pending(handle); pending !== 0; pending = addon.pending(handle)) {
      const wider = new Uint8Array(taken.length + pending);
      wider.set(taken);
      addon.transmit(handle, wider.subarray(taken.length));
      taken = wider;
    }
    return taken;
  };
  const inflated = (length: number): Uint8Array => {
    const octets = allocate(length);
    addon.inflated(octets);
    return octets;
  };
  // One by one: an object that is spread looks each of its properties up, in every call.
  return {
    name: "native",
    decoder: addon.decoder,
    connection: addon.connection,
    free: addon.free,
    live: addon.live,
    adopt: addon.adopt,
    feed: addon.feed,
    inflated,
    deflate: addon.deflate,
    violation: addon.violation,
    send: addon.send,
    close: addon.close,
    take,
    receiveEof: addon.receiveEof,
    status: addon.status,
    offset: addon.offset,
    allocate,
    encode: addon.encode,
    encodeHeader: addon.encodeHeader,
    maskFrame: addon.maskFrame,
    applyMask: addon.applyMask,
    ask: addon.ask,
  };
}
