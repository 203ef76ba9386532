import type { ClientRun } from "./addon.js";
import { LATE, seconds, within } from "./patience.js";

/** So often is looked whether the client has connected. */
const LOOK = 20;

/** Once its connection is closed, the client gets so long to return; less when it is known not to. */
const GRACE = 1_000;
const SHORT_GRACE = 50;

/** So many calls that did not return in time show that none will. */
const LEARNT = 3;

/** A client that goes on connecting is waited for no longer after so many connections. */
const RECONNECTIONS = 3;

/** Once the client is done, its connection takes no longer than this to end. */
const SETTLE = 30_000;

/** What is wanted of a client's function. */
export const WANTED = "it must return a promise that resolves when the connection is closed";

/** A call of a client's function. */
export class Call {
  /** Resolves when it has returned, by whatever way. */
  readonly ended: Promise<void>;
  /** Whether it has. */
  hasEnded = false;
  /** What it returned, or its promise resolved to. */
  value: unknown;
  /** What it threw, or its promise was rejected with. */
  raised: unknown;
  /** Whether it returned a promise, as it should. */
  readonly isPromise: boolean;

  constructor(run: () => unknown) {
    let returned: unknown;
    try {
      returned = run();
    } catch (error) {
      returned = Promise.reject(error);
    }
    this.isPromise = typeof (returned as PromiseLike<unknown> | undefined)?.then === "function";
    if (!this.isPromise) {
      this.value = returned;
      this.hasEnded = true;
      this.ended = Promise.resolve();
      return;
    }
    this.ended = Promise.resolve(returned as PromiseLike<unknown>)
      .catch((error: unknown) => {
        this.raised = error ?? new Error(String(error));
      })
      .then(() => {
        this.hasEnded = true;
      });
  }

  /** How it ended, in words. */
  get how(): string {
    if (!this.hasEnded) return "run() has not returned";
    return this.raised === undefined ? "run() returned" : `run() threw ${String(this.raised)}`;
  }
}

/** How the calls of a suite went with their connections. */
export class Calls {
  /** Cases in which the client did not return though its connection was over. */
  readonly late: string[] = [];
  readonly #run: ClientRun;
  readonly #wait: number;
  readonly #timeout: number;

  constructor(run: ClientRun, wait: number, timeout: number) {
    this.#run = run;
    this.#wait = wait;
    this.#timeout = timeout;
  }

  /** Waits until the client has connected; whether it has, `before` cases having been begun before the call. */
  async connected(call: Call, before: number): Promise<boolean> {
    for (const deadline = Date.now() + this.#wait; Date.now() < deadline && !call.hasEnded; ) {
      if (this.#run.begun > before) break;
      await within(LOOK, call.ended);
    }
    return this.#run.begun > before;
  }

  /**
   * Waits until the connections of the client are over and it has returned, or has had its time to. Tells what it did not
   * do in time.
   */
  async over(call: Call, id: string): Promise<string | undefined> {
    const limit = this.#timeout + SETTLE;
    for (let turn = 0; ; turn++) {
      const begun = this.#run.begun;
      await Promise.race([call.ended, this.#run.settle(limit)]);
      if (call.hasEnded) {
        await this.#run.settle(SETTLE);
        return undefined;
      }
      const grace = this.late.length < LEARNT ? GRACE : SHORT_GRACE;
      const isLate = (await within(grace, call.ended)) === LATE;
      if (!isLate || (this.#run.begun > begun && turn < RECONNECTIONS)) continue;
      this.late.push(id);
      return `run() has not returned ${seconds(grace)} after its connection was closed: ${WANTED}`;
    }
  }
}
