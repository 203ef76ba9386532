import type { Backend } from "./backend.js";

/** What the add-on exports; see bindings-node/src/lib.rs. */
type Addon = Omit<Backend, "name" | "take" | "inflated"> & {
  inflated(out: Uint8Array): void;
  pending(handle: number): number;
  transmit(handle: number, out: Uint8Array): number;
};

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
    const octets = new Uint8Array(length);
    addon.inflated(octets);
    return octets;
  };
  return { ...addon, name: "native", take, inflated };
}
