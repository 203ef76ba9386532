import { joined } from "../octets.js";
import { type ChoiceOptions, choose } from "./choose.js";
import { type Case, engine, type Outcome, type Session } from "./engine.js";
import { guard, RunError } from "./errors.js";
import { framework } from "./framework.js";
import { Judge } from "./judge.js";
import { LATE, seconds, within } from "./patience.js";
import { Trouble } from "./trouble.js";

/** One end of a connection without I/O, opening handshake included, that sends every message back. */
export interface Peer {
  /** Takes octets from the network. A promise is waited for, no longer than a case may take. */
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
  const tests = framework();
  const name = options.name ?? "WebSocket protocol";
  const { role = "server", agent = name, timeout = TIMEOUT } = options;
  const chosen = choose(options);
  const judge = new Judge(options, name);
  const trouble = new Trouble(tests);
  let ran = false;
  const attempt = async (one: Case) => {
    const peer = await returned("create()", options.create(), timeout);
    return runInMemory(one, peer, role, agent, timeout);
  };
  tests.describe(name, () => {
    for (const one of chosen) {
      const title = `case ${one.id}`;
      tests.it(title, async (test) => {
        if (trouble.stops(test, title)) return;
        const done = await attempt(one).catch((error: unknown) => {
          // What went well before may go well again, unless it takes all the time that there is.
          if (ran && !(error instanceof RunError)) throw error;
          trouble.note(error);
        });
        ran = true;
        if (done === undefined) trouble.stops(test, title);
        else judge.judge(done.outcome, one, test, { raised: done.raised });
      });
    }
    tests.after(async () => judge.end());
  });
}

/** A function of a peer gets so long unless it is said otherwise. */
const TIMEOUT = 120_000;

/** What a function of the testee returns, once it has. */
async function returned<T>(what: string, value: T | PromiseLike<T>, limit: number): Promise<T> {
  const known = await within(limit, value);
  if (known === LATE)
    throw new RunError(`${what} has not returned within ${seconds(limit)} (\`timeout\` sets this time)`);
  return known;
}

/**
 * Runs a case against an end of a connection; `raised` is what that threw, if it did. Rejects with a `RunError` if a promise
 * of it is not settled within so many milliseconds.
 */
export async function runInMemory(
  about: Case,
  peer: Peer,
  role: "server" | "client" = "server",
  agent = "peer",
  timeout: number = TIMEOUT,
): Promise<{ outcome: Outcome; raised: unknown }> {
  const run = new Run(about, peer, role, timeout);
  const raised = await run.drive();
  return { outcome: guard(() => run.session.outcome(agent)), raised };
}

/** A promise of a peer that is not settled. */
class Hung {
  constructor(readonly error: unknown) {}
}

class Run {
  readonly session: Session;
  readonly #peer: Peer;
  readonly #timeout: number;
  #now = 0;
  #closed = false;

  constructor(about: Case, peer: Peer, role: "server" | "client", timeout: number) {
    this.#peer = peer;
    this.#timeout = timeout;
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
          if (!this.#closed) await this.#waitFor("receiveEof()", this.#peer.receiveEof?.());
          return undefined;
        }
        if (step.what === "write") {
          const octets = step.octets as Uint8Array;
          if (!this.#closed) await this.#waitFor("receiveData()", this.#peer.receiveData(octets));
          this.session.wrote(octets.length, this.#now);
          this.#take();
        } else if (!this.#take()) {
          // Time passes. Nothing to wait for but the peer: then nothing will ever happen.
          if (step.until === undefined || step.until === null) this.session.peerClosed(this.#now);
          else this.#now = Math.max(this.#now, step.until);
        }
      }
    } catch (error) {
      if (error instanceof Hung) throw error.error;
      this.session.peerClosed(this.#now);
      return error ?? new Error(String(error));
    }
  }

  /** Waits for what a function of the peer returned. Nothing is known of a case in which that never ends. */
  async #waitFor(what: string, value: unknown): Promise<void> {
    // Most return nothing, many times a case.
    if (typeof (value as PromiseLike<unknown> | undefined)?.then !== "function") return;
    let failed: { is: unknown } | undefined;
    const settled = Promise.resolve(value).catch((error: unknown) => {
      failed = { is: error };
    });
    try {
      await returned(what, settled, this.#timeout);
    } catch (error) {
      throw new Hung(error);
    }
    if (failed !== undefined) throw (failed as { is: unknown }).is;
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
