/** permessage-deflate (RFC 7692): its negotiation, and how an end compresses. */
import { type Backend, backend, fullBackend } from "./backend.js";
import * as checks from "./checks.js";
import { ask } from "./handshake.js";

/** What an end wishes for (RFC 7692 §7.1); nothing is asked for what is left out. */
export interface DeflateWishes {
  /** The server compresses each message on its own. */
  serverNoContextTakeover?: boolean;
  /** The client compresses each message on its own. */
  clientNoContextTakeover?: boolean;
  /** The base-2 logarithm of the server's window, 8 to 15. */
  serverMaxWindowBits?: number;
  /** The base-2 logarithm of the client's window, 8 to 15. */
  clientMaxWindowBits?: number;
}

/** What was agreed, and how this end compresses what it sends. */
export interface DeflateOptions {
  /**
   * The server's answer in `Sec-WebSocket-Extensions`: from {@link answerDeflate} or {@link agreedDeflate}. Empty where it
   * declined: the connection is a plain one then.
   */
  agreed: string;
  /** 0 (store) to 9 (smallest). Default 6. */
  level?: number;
  /** Memory for finding matches, 1 to 9. Default 8. */
  memLevel?: number;
  /** Messages of fewer octets are sent as they are. Default 0. */
  minLength?: number;
  /**
   * Hold each distance in what the peer compresses against the window that it agreed to (RFC 7692 §7.1.2): with 9 bits 512
   * octets back are right, 513 are a violation of the kind `"WindowExceeded"`. It makes inflating take a good twice as
   * long. Default: where that window has less than 15 bits; with 15 there is nothing to check. Without
   * it such messages are inflated all the same. A message that refers to an earlier one without context takeover is always a
   * violation, `"ContextTakeover"`.
   */
  checkWindow?: boolean;
}

function parameters(wishes: DeflateWishes): string[] {
  checks.deflateWishes("wishes", wishes);
  const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = wishes;
  return [
    serverNoContextTakeover ? "1" : "",
    clientNoContextTakeover ? "1" : "",
    serverMaxWindowBits === undefined ? "" : String(serverMaxWindowBits),
    clientMaxWindowBits === undefined ? "" : String(clientMaxWindowBits),
  ];
}

/** A client's offer, for `Sec-WebSocket-Extensions`. */
export function offerDeflate(wishes: DeflateWishes = {}): string {
  return ask(["deflate-offer", ...parameters(wishes)])[0] as string;
}

/**
 * A server's answer to what a client offers in `Sec-WebSocket-Extensions`; nothing when there is no offer that means
 * anything: then the connection goes without compression.
 */
export function answerDeflate(offers: string, wishes: DeflateWishes = {}): string | undefined {
  checks.text("offers", offers);
  return ask(["deflate-answer", ...parameters(wishes), offers])[0] || undefined;
}

/**
 * A client's judgement of the server's answer to its offer; nothing when the server declined. Throws a
 * {@link HandshakeError} for an answer that was not asked for: the connection has to be failed (RFC 7692 §5).
 */
export function agreedDeflate(offered: string, answer: string): string | undefined {
  checks.text("offered", offered);
  checks.text("answer", answer);
  return ask(["deflate-agreed", offered, answer])[0] || undefined;
}

/** Whether compression was agreed: an answer without extensions declines it. */
function isAgreed(deflate: string | DeflateOptions | undefined): deflate is string | DeflateOptions {
  return deflate !== undefined && (typeof deflate === "string" ? deflate : deflate.agreed) !== "";
}

/** The module for an endpoint: that which has compression only where it is wanted. */
export function backendFor(deflate: string | DeflateOptions | undefined): Backend {
  return isAgreed(deflate) ? fullBackend() : backend();
}

/** Gives an endpoint its compression, or frees it and tells what is wrong. */
export function compress(rust: Backend, handle: number, deflate: string | DeflateOptions | undefined): number {
  if (!isAgreed(deflate)) return handle;
  const {
    agreed,
    level = 6,
    memLevel = 8,
    minLength = 0,
    checkWindow,
  } = typeof deflate === "string" ? { agreed: deflate } : deflate;
  const check = checkWindow === undefined ? 2 : Number(checkWindow);
  const why = rust.deflate(handle, level, memLevel, minLength, check, new TextEncoder().encode(agreed));
  if (why === undefined) return handle;
  rust.free(handle);
  throw new RangeError(why);
}
