import type { Event } from "./batch.js";
import * as checks from "./checks.js";
import { Decoder } from "./decoder.js";
import type { DecoderOptions, Role } from "./endpoint.js";

/**
 * A transform from octets to {@link Event}s, for streams of the web and of Node. What is written to it is left as it is: each
 * chunk is copied once. Its error is a violation, or, where the octets end inside a frame or a message, an `Error`.
 *
 * ```js
 * for await (const event of octets.pipeThrough(decoderStream("server"))) console.log(event.type);
 * ```
 */
export function decoderStream(receiver: Role, options: DecoderOptions = {}): TransformStream<Uint8Array, Event> {
  const decoder = new Decoder(receiver, options);
  return new TransformStream({
    transform(chunk, controller) {
      checks.octets("chunk", chunk);
      // Not slice(), which gives a view on the same memory where the chunk is a Buffer.
      const batch = decoder.feed(new Uint8Array(chunk));
      for (const event of batch) controller.enqueue(event);
      if (batch.violation !== undefined) {
        decoder[Symbol.dispose]();
        controller.error(batch.violation);
      }
    },
    flush(controller) {
      const { isBetweenMessages, offset } = decoder;
      decoder[Symbol.dispose]();
      if (!isBetweenMessages) {
        controller.error(new Error(`the stream ended inside a frame or a message, after ${offset} octets`));
      }
    },
  });
}
