import { fullBackend } from "./backend.js";

/** A rule of the opening handshake that was broken. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
  /** The rule's place, as `"RFC 6455 §4.2.1 item 5"`. */
  readonly clause: string;
  /** The HTTP status with which a server refuses for this reason: 400, 405, 426 or 431. */
  readonly status: number;

  /** Made by the functions beside it. */
  constructor(clause: string, status: number, text: string) {
    super(text);
    this.clause = clause;
    this.status = status;
  }
}

/** A rule of HTTP that an answer 101 breaks, though a client need not fail the connection for it. */
export interface HandshakeWarning {
  /** The rule's place, as `"RFC 9110 §8.6"`. */
  readonly clause: string;
  /** What is wrong. */
  readonly message: string;
}

/** What a valid upgrade request says. */
export interface UpgradeRequest {
  /** Octets of the head; what follows them are frames. */
  readonly length: number;
  /** `Sec-WebSocket-Key`. */
  readonly key: string;
  /** The request target. */
  readonly target: string;
  /** Subprotocols in the client's order of preference. */
  readonly protocols: readonly string[];
  /** `Sec-WebSocket-Extensions`, joined; empty without. */
  readonly extensions: string;
  /** All headers, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What both ends agreed on. */
export interface Agreement {
  /** Octets of the head; what follows them are frames. */
  readonly length: number;
  /** The subprotocol that the server chose, if any. */
  readonly protocol: string | undefined;
  /** The extensions that the server chose; empty without. */
  readonly extensions: string;
  /**
   * What is wrong in the answer though the connection stands: `Content-Length` or `Transfer-Encoding` in it (RFC 9110 §8.6,
   * RFC 9112 §6.1), `close` in `Connection` (RFC 9112 §9.6).
   */
  readonly warnings: readonly HandshakeWarning[];
}

const utf8 = new TextEncoder();

/** Asks Rust a question of the handshake. */
export function ask(fields: string[], head: Uint8Array = new Uint8Array()): string[] {
  if (fields.some((field) => field.includes("\0"))) {
    throw new HandshakeError("RFC 9110 §5.5", 400, "a header must not hold NUL");
  }
  const front = utf8.encode(fields.join("\0") + (head.length === 0 ? "" : "\0"));
  const question = new Uint8Array(front.length + head.length);
  question.set(front);
  question.set(head, front.length);
  const [how, ...answer] = fullBackend().ask(question).split("\0");
  if (how === "ok") return answer;
  throw new HandshakeError(answer[0] ?? "", Number(answer[1]), answer[2] ?? "");
}

/** The `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455 §4.2.2 item 5.4). */
export function acceptKey(key: string): string {
  return ask(["accept-key", key])[0] as string;
}

/** A fresh `Sec-WebSocket-Key` (RFC 6455 §4.1). */
export function newKey(): string {
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  return ask(["new-key", Array.from(nonce, (octet) => octet.toString(16).padStart(2, "0")).join("")])[0] as string;
}

/** What goes into an upgrade request. */
export interface RequestOptions {
  /** Path and query. Default `/`. */
  target?: string;
  /** `Host`, with a port that is not the usual one. */
  host: string;
  /** From {@link newKey}. */
  key: string;
  /** Subprotocols, the preferred first. */
  protocols?: readonly string[];
  /** `Sec-WebSocket-Extensions`. */
  extensions?: string;
  /** More headers. */
  headers?: Readonly<Record<string, string>>;
}

/** The head of an upgrade request (RFC 6455 §4.1). Throws a {@link HandshakeError} for what must not be sent. */
export function buildRequest(options: RequestOptions): Uint8Array {
  const { target = "/", host, key, protocols = [], extensions = "", headers = {} } = options;
  const more = Object.entries(headers).flat();
  return utf8.encode(ask(["request", target, host, key, protocols.join(", "), extensions, ...more])[0] as string);
}

/** Reads and judges an upgrade request (RFC 6455 §4.2.1); nothing while its head is incomplete. */
export function readRequest(octets: Uint8Array): UpgradeRequest | undefined {
  const [length = "", key = "", target = "", protocols = "", extensions = "", ...rest] = ask(["read-request"], octets);
  if (length === "") return undefined;
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) headers.push([rest[at] as string, rest[at + 1] as string]);
  const names = protocols === "" ? [] : protocols.split(", ");
  return { length: Number(length), key, target, protocols: names, extensions, headers };
}

/** The head of the answer 101 to a request (RFC 6455 §4.2.2). */
export function buildAccept(request: Uint8Array, protocol = "", extensions = ""): Uint8Array {
  return utf8.encode(ask(["accept", protocol, extensions], request)[0] as string);
}

/** The answer that refuses a request, with the status that its fault asks for. */
export function buildRefusal(request: Uint8Array): Uint8Array {
  return utf8.encode(ask(["refuse"], request)[0] as string);
}

/** Reads and judges a server's answer (RFC 6455 §4.1); nothing while its head is incomplete. */
export function readResponse(
  octets: Uint8Array,
  key: string,
  offer: { protocols?: readonly string[]; extensions?: string } = {},
): Agreement | undefined {
  const fields = ["read-response", key, (offer.protocols ?? []).join(","), offer.extensions ?? ""];
  const [length = "", protocol = "", extensions = "", ...rest] = ask(fields, octets);
  if (length === "") return undefined;
  const warnings: HandshakeWarning[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    warnings.push({ clause: rest[at] as string, message: rest[at + 1] as string });
  }
  return { length: Number(length), protocol: protocol === "" ? undefined : protocol, extensions, warnings };
}
