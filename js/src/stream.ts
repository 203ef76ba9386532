import type { Event } from "./batch.js";
import { Decoder } from "./decoder.js";
import type { DecoderOptions, Role } from "./endpoint.js";

/**
 * A transform from octets to {@link Event}s, for streams of the web and of Node. A violation is its error. What is written
 * to it is left as it is: each chunk is copied once.
 *
 * ```js
 * for await (const event of octets.pipeThrough(decoderStream("server"))) console.log(event.type);
 * ```
 */
export function decoderStream(receiver: Role, options: DecoderOptions = {}): TransformStream<Uint8Array, Event> {
  const decoder = new Decoder(receiver, options);
  return new TransformStream({
    transform(chunk, controller) {
      const batch = decoder.feed(chunk.slice());
      for (const event of batch) controller.enqueue(event);
      if (batch.violation !== undefined) {
        decoder[Symbol.dispose]();
        controller.error(batch.violation);
      }
    },
    flush() {
      decoder[Symbol.dispose]();
    },
  });
}
