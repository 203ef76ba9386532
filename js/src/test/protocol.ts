import { joined } from "../octets.js";
import { type ChoiceOptions, choose } from "./choose.js";
import { type Case, engine, type Outcome, type Session } from "./engine.js";
import { guard } from "./errors.js";
import { framework } from "./framework.js";
import { Judge } from "./judge.js";

/** One end of a connection without I/O, opening handshake included, that sends every message back. */
export interface Peer {
  /** Takes octets from the network. A promise is waited for. */
  receiveData(octets: Uint8Array): unknown;
  /** Gives the octets that go to the network now, if any. */
  dataToSend(): Uint8Array | Iterable<Uint8Array> | undefined;
  /** Whether this end closes TCP, once its octets are sent. */
  readonly closed?: boolean;
  /** The other end has closed TCP. */
  receiveEof?(): unknown;
}

/** An implementation under test, in memory. */
export interface ProtocolOptions extends ChoiceOptions {
  /** Makes a new end of a connection. Called for each case. */
  create: () => Peer | Promise<Peer>;
  /** Which end it is. A client's request must be there when it was made. Default `"server"`. */
  role?: "server" | "client";
  /** The implementation's name. Default: the name of the suite. */
  agent?: string;
}

/**
 * Makes a suite that proves an implementation in memory: no socket, and no clock, so that waits take no time. One test a
 * case, named by its id.
 *
 * ```js
 * describeProtocol({ create: () => new MyServer() });
 * ```
 */
export function describeProtocol(options: ProtocolOptions): void {
  const { describe, it, after } = framework();
  const name = options.name ?? "WebSocket protocol";
  const chosen = choose(options);
  const judge = new Judge(options, name);
  describe(name, () => {
    for (const one of chosen) {
      it(`case ${one.id}`, async (skip) => {
        const peer = await options.create();
        const { outcome, raised } = await runInMemory(one, peer, options.role ?? "server", options.agent ?? name);
        judge.judge(outcome, one, skip, raised);
      });
    }
    after(async () => judge.end());
  });
}

/** Runs a case against an end of a connection; `raised` is what that threw, if it did. */
export async function runInMemory(
  about: Case,
  peer: Peer,
  role: "server" | "client" = "server",
  agent = "peer",
): Promise<{ outcome: Outcome; raised: unknown }> {
  const run = new Run(about, peer, role);
  const raised = await run.drive();
  return { outcome: guard(() => run.session.outcome(agent)), raised };
}

class Run {
  readonly session: Session;
  readonly #peer: Peer;
  #now = 0;
  #closed = false;

  constructor(about: Case, peer: Peer, role: "server" | "client") {
    this.#peer = peer;
    const request = role === "client" ? joined(this.#output()) : undefined;
    this.session = guard(() => new (engine().Session)(about, "localhost", "/", request));
  }

  /** Until the session has nothing more to do; what the peer threw. */
  async drive(): Promise<unknown> {
    try {
      for (;;) {
        const step = guard(() => this.session.poll(this.#now));
        if (step.what === "done") return undefined;
        if (step.what === "drop") {
          if (!this.#closed) await this.#peer.receiveEof?.();
          return undefined;
        }
        if (step.what === "write") {
          const octets = step.octets as Uint8Array;
          if (!this.#closed) await this.#peer.receiveData(octets);
          this.session.wrote(octets.length, this.#now);
          this.#take();
        } else if (!this.#take()) {
          // Time passes. Nothing to wait for but the peer: then nothing will ever happen.
          if (step.until === undefined || step.until === null) this.session.peerClosed(this.#now);
          else this.#now = Math.max(this.#now, step.until);
        }
      }
    } catch (error) {
      this.session.peerClosed(this.#now);
      return error ?? new Error(String(error));
    }
  }

  #output(): Uint8Array[] {
    const output = this.#peer.dataToSend() ?? [];
    return (output instanceof Uint8Array ? [output] : [...output]).filter((piece) => piece.length > 0);
  }

  /** Hands on what the peer sends; whether anything came. */
  #take(): boolean {
    if (this.#closed) return false;
    const pieces = this.#output();
    for (const piece of pieces) this.session.receive(piece, this.#now);
    if (this.#peer.closed === true) {
      this.#closed = true;
      this.session.peerClosed(this.#now);
      return true;
    }
    return pieces.length > 0;
  }
}
