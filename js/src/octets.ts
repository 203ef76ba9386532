/** Octets, where there is no `Buffer`. */

/** Several pieces as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Two digits an octet. */
export function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/**
 * Refuses memory that Rust must not be lent: shared with another thread, or gone. To ask an array for its buffer costs as much
 * as a small frame does: who has it hands it in.
 */
export function check(octets: Uint8Array, buffer: ArrayBufferLike): void {
  if (octets.length === 0 || !(buffer instanceof ArrayBuffer)) look(octets, buffer);
}

function look(octets: Uint8Array, buffer: ArrayBufferLike): void {
  // Buffers of another realm are welcome, and a page may have no name for shared ones.
  if (Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]") {
    throw new TypeError(
      "octets are in a SharedArrayBuffer, where other threads may change them: hand in a copy, such as octets.slice()",
    );
  }
  if (octets.length > 0) return;
  try {
    new Uint8Array(buffer);
  } catch {
    throw new TypeError("octets are gone: their ArrayBuffer was transferred");
  }
}
