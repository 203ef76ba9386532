import type { Batch } from "./batch.js";
import * as checks from "./checks.js";
import { backendFor, compress } from "./deflate.js";
import { type DecoderOptions, Endpoint, type Role, settings } from "./endpoint.js";

/** How a connection behaves. */
export interface ConnectionOptions extends DecoderOptions {
  /** Answer each ping with a pong (RFC 6455 §5.5.2). Default true. */
  autoPong?: boolean;
  /**
   * Answer a Close with one of the same code (§5.5.1), a violation with one of its code (§7.1.7). {@link Connection.transmit}
   * queues that answer, behind what you sent for the events of the same read. Default true.
   */
  autoClose?: boolean;
  /** Octets waiting from which on only the latest ping is answered (§5.5.3). Default 64 KiB. */
  pongBacklog?: number;
  /** Makes a client's masking keys repeatable: **not** for production (§10.3). Default: the host's entropy. */
  seed?: number;
}

/** Where a connection stands (RFC 6455 §7.1). */
export type State = "open" | "close-sent" | "close-received" | "closed" | "failed";
const STATES: readonly State[] = ["open", "close-sent", "close-received", "closed", "failed"];

/** What to do with the TCP connection, next. */
export type TcpAction = "keep" | "await-peer" | "close";
const ACTIONS: readonly TcpAction[] = ["keep", "await-peer", "close"];

const MORE = 16;
const FRAGMENT = 32;
const utf8 = new TextEncoder();

/**
 * One end of a WebSocket connection after the handshake, without I/O.
 *
 * ```js
 * const client = new Connection("client");
 * client.sendText("hello");
 * const server = new Connection("server");
 * for (const event of server.receive(client.transmit())) console.log(event.type);
 * ```
 */
export class Connection extends Endpoint {
  /** Which end this is. */
  readonly role: Role;

  /** An open connection. */
  constructor(role: Role, options: ConnectionOptions = {}) {
    checks.role("role", role);
    checks.connectionOptions("options", options);
    const [flags, maxFrame, maxMessage, maxFragments] = settings(role, options);
    const bits =
      flags |
      (options.autoPong === false ? 0 : 16) |
      (options.autoClose === false ? 0 : 32) |
      (options.seed === undefined ? 0 : 64);
    const backlog = options.pongBacklog ?? 65_536;
    const rust = backendFor(options.deflate);
    const handle = rust.connection(bits, maxFrame, maxMessage, maxFragments, backlog, options.seed ?? 0);
    super(rust, compress(rust, handle, options.deflate), role);
    this.role = role;
  }

  /**
   * Takes octets read from the peer, as {@link Decoder.feed} does; answers are queued for {@link transmit}. All events can be
   * answered before the next {@link transmit}, also when the last of them is a Close or when the batch has a violation: only
   * our own Close ends what may be sent (RFC 6455 §5.5.1).
   */
  receive(octets: Uint8Array): Batch {
    return this.take(octets);
  }

  /** Tells that the peer's stream has ended. Without its Close that is a failure, code 1006 (RFC 6455 §7.1.5). */
  receiveEof(): void {
    this.rust.receiveEof(this.handle);
  }

  #send(word: number, payload: Uint8Array): void {
    const why = this.rust.send(this.handle, word, payload);
    if (why !== undefined) throw new Error(why);
  }

  /**
   * Queues a text message in one frame. Throws while a fragmented message is in progress, when our Close was sent, or when
   * the peer is gone.
   */
  sendText(text: string): void {
    if (typeof text !== "string") checks.text("text", text);
    this.#send(1, utf8.encode(text));
  }

  /** Queues a binary message in one frame. Throws as {@link sendText} does. */
  sendBinary(payload: Uint8Array): void {
    checks.octets("payload", payload);
    this.#send(2, payload);
  }

  /** Queues a fragment: the first call begins a message, `last` ends it. Text may be cut inside a character. */
  sendFragment(type: "text" | "binary", payload: Uint8Array, last: boolean): void {
    checks.kind("type", type);
    checks.octets("payload", payload);
    checks.flag("last", last);
    this.#send((type === "text" ? 1 : 2) | FRAGMENT | (last ? 0 : MORE), payload);
  }

  /** Queues a ping of at most 125 octets. */
  sendPing(payload: Uint8Array = new Uint8Array()): void {
    checks.octets("payload", payload);
    this.#send(9, payload);
  }

  /** Queues a pong of at most 125 octets. */
  sendPong(payload: Uint8Array = new Uint8Array()): void {
    checks.octets("payload", payload);
    this.#send(10, payload);
  }

  /**
   * Queues a Close: begins the closing handshake, answers the peer's, or tells it which rule it broke (§7.1.7). Nothing may
   * follow. It takes the place of the Close that `autoClose` would send. A reason has at most 123 octets of UTF-8.
   */
  close(code?: number, reason = ""): void {
    if (code !== undefined) checks.closeCode("code", code);
    checks.text("reason", reason);
    if (code === 0) throw new RangeError("close code 0 must not be sent");
    const why = this.rust.close(this.handle, code ?? 0, utf8.encode(reason));
    if (why !== undefined) throw new Error(why);
  }

  /**
   * Takes all octets to be written to the peer, possibly none. A Close that `autoClose` owes is the last of them: nothing can
   * be sent after it. Write them before you ask for {@link tcpAction}.
   */
  transmit(): Uint8Array {
    return this.rust.take(this.handle);
  }

  /** Where the connection stands. */
  get state(): State {
    return STATES[this.rust.status(this.handle) & 0xf] ?? "failed";
  }

  /** What to do with the TCP connection, once all of {@link transmit} is written. */
  get tcpAction(): TcpAction {
    return ACTIONS[(this.rust.status(this.handle) >>> 4) & 0xf] ?? "keep";
  }

  /** Whether the closing handshake is complete (RFC 6455 §7.1.4). */
  get wasClean(): boolean {
    return (this.rust.status(this.handle) & 512) !== 0;
  }

  /** The code of RFC 6455 §7.1.5, once it is known: 1005 for a Close without one, 1006 for no Close. */
  get closeCode(): number | undefined {
    return this.rust.status(this.handle) >>> 16 || undefined;
  }
}
