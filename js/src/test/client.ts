import { addon, type ClientRun } from "./addon.js";
import { Call, Calls, WANTED } from "./call.js";
import { type ChoiceOptions, chooseOf } from "./choose.js";
import { guard, RunError, typed, UsageError } from "./errors.js";
import { framework } from "./framework.js";
import { Judge } from "./judge.js";
import { LATE, seconds, within } from "./patience.js";
import { given } from "./server.js";
import { Trouble } from "./trouble.js";

/** A client under test. */
export interface ClientOptions extends ChoiceOptions {
  /**
   * Connects to the URL, sends every message back, and returns once the connection is closed: mostly a promise, or nothing
   * if it is done by then. Called for each case. What it throws is told with the verdict, and so is that it does not return
   * though the connection is closed; the verdict decides.
   */
  run: (url: string) => unknown;
  /** The client's name in reports. Default: the name of the suite. */
  agent?: string;
  /** Address and port to listen on. Default `127.0.0.1:0`: any free port. */
  listen?: string;
  /** Milliseconds until `run` must have connected. Default 30 000. */
  wait?: number;
  /** A folder for an HTML and JSON report. */
  report?: string;
}

/** `run` gets so long to connect unless it is said otherwise. */
const WAIT = 30_000;

/** The outcome of a case whose connection is over is known this soon. */
const KNOWN = 5_000;

/** A case takes no longer unless it is said otherwise. */
const TIMEOUT = 120_000;

/**
 * Makes a suite that proves a client: one test a case, named by its id. A client that does not connect at all fails one test,
 * and the others are skipped.
 *
 * ```js
 * describeClient({
 *   run: (url) =>
 *     new Promise((resolve) => {
 *       const socket = new WebSocket(url);
 *       socket.onmessage = (event) => socket.send(event.data);
 *       socket.onclose = resolve;
 *     }),
 * });
 * ```
 */
export function describeClient(options: ClientOptions): void {
  const tests = framework();
  const name = options.name ?? "WebSocket client";
  const agent = options.agent ?? name;
  const { listen, wait = WAIT, timeout = TIMEOUT, report } = options;
  const chosen = guard(() => chooseOf(addon(), options));
  const judge = new Judge(options, name);
  const trouble = new Trouble(tests);
  tests.describe(name, () => {
    let server: ClientRun | undefined;
    let calls: Calls | undefined;
    tests.before(() =>
      trouble.meet(async () => {
        server = guard(() => new (addon().ClientRun)(chosen, given({ listen, timeout, report })));
        calls = new Calls(server, wait, timeout);
      }),
    );
    for (const [at, one] of chosen.entries()) {
      const title = `case ${one.id}`;
      tests.it(title, async (test) => {
        if (trouble.stops(test, title)) return;
        const [run, follow] = [server as ClientRun, calls as Calls];
        const { begun, refused } = run;
        const url = new URL(`/runCase?case=${at + 1}&agent=${encodeURIComponent(agent)}`, run.url).href;
        const call = new Call(() => options.run(url));
        if (!(await follow.connected(call, begun))) {
          const error = notConnected(call, url, wait, run.refused > refused ? run.lastRefusal : null);
          // Of one that has connected before, the next case may be another matter.
          if (begun > 0) throw error;
          trouble.note(error);
          trouble.stops(test, title);
          return;
        }
        const note = await follow.over(call, one.id);
        const known = run.outcome(one.id, agent).catch((error) => Promise.reject(typed(error)));
        const outcome = await within(KNOWN, known);
        if (outcome === LATE)
          throw new RunError(`the connection of case ${one.id} was not over within ${seconds(timeout)}`);
        judge.judge(outcome, one, test, note === undefined ? { raised: call.raised } : { note });
      });
    }
    tests.after(async () => {
      await server?.finish();
      judge.end();
      const late = calls?.late ?? [];
      if (late.length > 0) {
        console.warn(
          `wsproof: ${name}: run() did not return in ${late.length} of the cases, ${late[0]} the first: ${WANTED}`,
        );
      }
    });
  });
}

/** Why a case was not run: the client made no connection to it. */
function notConnected(call: Call, url: string, wait: number, refusal: string | null): Error {
  if (refusal !== null) {
    return new RunError(`the request of the client to ${url} was not served: ${refusal}; ${call.how}`);
  }
  const what = `the client did not open a connection to ${url}`;
  if (!call.hasEnded) return new RunError(`${what} within ${seconds(wait)} (\`wait\` sets this time): ${call.how}`);
  if (call.raised !== undefined) return new RunError(`${what}: ${call.how}`);
  const returned = call.isPromise ? "its promise was resolved" : `run() returned ${String(call.value)}`;
  return new UsageError(`${what} before ${returned}: ${WANTED}`);
}
