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

/** Refuses memory that cannot be used, as the native half does. Reading `buffer` costs: who has it hands it in. */
export function check(octets: Uint8Array, buffer: ArrayBufferLike): void {
  if (octets.length === 0 || !(buffer instanceof ArrayBuffer)) look(octets, buffer);
}

/** The same octets, in memory that no other thread can change. */
export function unshared(octets: Uint8Array): Uint8Array {
  // Not slice(), which gives a view on the same memory where they are a Buffer.
  return isShared(octets.buffer) ? new Uint8Array(octets) : octets;
}

// Buffers of another realm are welcome, and a page may have no name for shared ones.
function isShared(buffer: ArrayBufferLike): boolean {
  return !(buffer instanceof ArrayBuffer) && Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}

function look(octets: Uint8Array, buffer: ArrayBufferLike): void {
  if (isShared(buffer)) {
    throw new TypeError(
      "octets are in a SharedArrayBuffer, where other threads may change them: hand in a copy, such as new Uint8Array(octets)",
    );
  }
  checkThere(octets, buffer);
}

/** Refuses octets whose buffer was transferred: not to be taken for none. */
export function checkThere(octets: Uint8Array, buffer: ArrayBufferLike): void {
  if (octets.length > 0) return;
  try {
    new Uint8Array(buffer);
  } catch {
    throw new TypeError("octets are gone: their ArrayBuffer was transferred");
  }
}
