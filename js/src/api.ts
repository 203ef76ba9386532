/** The codec: one API over either half. */
import { backend as current, loaded } from "./backend.js";

export { Batch, type Event } from "./batch.js";
export { Connection, type ConnectionOptions, type State, type TcpAction } from "./connection.js";
export { Decoder } from "./decoder.js";
export { agreedDeflate, answerDeflate, type DeflateOptions, type DeflateWishes, offerDeflate } from "./deflate.js";
export { Encoder, type FrameOptions, mask } from "./encoder.js";
export type { DecoderOptions, Role } from "./endpoint.js";
export {
  type Agreement,
  acceptKey,
  buildAccept,
  buildRefusal,
  buildRequest,
  HandshakeError,
  type HandshakeWarning,
  newKey,
  type RequestOptions,
  readRequest,
  readResponse,
  type UpgradeRequest,
} from "./handshake.js";
export { decoderStream } from "./stream.js";
export { Violation } from "./violation.js";

/** Which half is in use: native code, or WebAssembly. */
export function backend(): "native" | "wasm" {
  return current().name;
}

/** How many decoders and connections of this thread have not been given back: to look for leaks. */
export function liveEndpoints(): number {
  return loaded().reduce((sum, one) => sum + one.live(), 0);
}
