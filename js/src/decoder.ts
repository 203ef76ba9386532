import type { Batch } from "./batch.js";
import { decoderOptions, role } from "./checks.js";
import { backendFor, compress } from "./deflate.js";
import { type DecoderOptions, Endpoint, type Role, settings } from "./endpoint.js";

/**
 * Receives a stream of frames as whole messages: fragments joined in order, text validated to the octet, limits kept, every rule judged.
 * It never answers; a {@link Connection} does.
 *
 * ```js
 * const decoder = new Decoder("client");
 * for (const event of decoder.feed(Uint8Array.of(0x81, 2, 0x48, 0x69))) console.log(event.type);
 * ```
 */
export class Decoder extends Endpoint {
  /** A decoder for the frames that this end receives. */
  constructor(receiver: Role, options: DecoderOptions = {}) {
    role("role", receiver);
    decoderOptions("options", options);
    const rust = backendFor(options.deflate);
    super(rust, compress(rust, rust.decoder(...settings(receiver, options)), options.deflate), receiver);
  }

  /**
   * Decodes octets that continue the stream, wherever it was cut. They are unmasked **in place**, and the batch has views
   * on them; a message that was not whole in one frame of them is a copy. After a violation or a Close nothing more is processed.
   */
  feed(octets: Uint8Array): Batch {
    return this.take(octets);
  }

  /** Whether the stream stands between two messages, and between two frames. */
  get isBetweenMessages(): boolean {
    return (this.rust.status(this.handle) & 256) !== 0;
  }
}
