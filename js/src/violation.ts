import type { Backend } from "./backend.js";

/** A rule of RFC 6455 or RFC 7692 that the peer broke, or a limit that it passed. The text is the same in every language. */
export class Violation extends Error {
  override readonly name = "Violation";
  /** Which rule, as in Rust: `"ReservedBits"`, `"TextNotUtf8"`, … */
  readonly kind: string;
  /** The rule's place, as `"RFC 6455 §5.2"`. */
  readonly clause: string;
  /** The code with which to close the connection: 1002, 1007 or 1009 (RFC 6455 §7.4.1). */
  readonly closeCode: number;
  /** The octet at fault, counted from the first octet after the handshake. */
  readonly offset: number;

  /** Made by a decoder or a connection. */
  constructor(kind: string, clause: string, closeCode: number, offset: number, text: string) {
    super(text);
    this.kind = kind;
    this.clause = clause;
    this.closeCode = closeCode;
    this.offset = offset;
  }
}

/** The violation of an endpoint, if it has one. */
export function violationOf(backend: Backend, handle: number): Violation | undefined {
  const text = backend.violation(handle);
  if (text === "") return undefined;
  const [kind = "", clause = "", code = "", offset = "", message = ""] = text.split("\0");
  return new Violation(kind, clause, Number(code), Number(offset), message);
}
