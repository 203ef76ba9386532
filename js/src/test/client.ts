import { addon, type ClientRun } from "./addon.js";
import { type ChoiceOptions, chooseOf } from "./choose.js";
import { guard, RunError, typed } from "./errors.js";
import { framework } from "./framework.js";
import { Judge } from "./judge.js";
import { given } from "./server.js";

/** A client under test. */
export interface ClientOptions extends ChoiceOptions {
  /**
   * Connects to the URL, sends every message back, and returns once the connection is closed. Called for each case. What it
   * throws is told with the verdict; the verdict decides.
   */
  run: (url: string) => unknown;
  /** The client's name in reports. Default: the name of the suite. */
  agent?: string;
  /** Address and port to listen on. Default `127.0.0.1:0`: any free port. */
  listen?: string;
  /** A folder for an HTML and JSON report. */
  report?: string;
}

/** Once the client is done, its connection takes no longer than this to end. */
const SETTLE = 30_000;

/**
 * Makes a suite that proves a client: one test a case, named by its id.
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
  const { describe, it, before, after } = framework();
  const name = options.name ?? "WebSocket client";
  const agent = options.agent ?? name;
  const chosen = guard(() => chooseOf(addon(), options));
  const judge = new Judge(options, name);
  describe(name, () => {
    let server: ClientRun | undefined;
    before(async () => {
      const { listen, timeout, report } = options;
      server = guard(() => new (addon().ClientRun)(chosen, given({ listen, timeout, report })));
    });
    for (const [at, one] of chosen.entries()) {
      it(`case ${one.id}`, async (skip) => {
        const run = server as ClientRun;
        const before = run.begun;
        const url = new URL(`/runCase?case=${at + 1}&agent=${encodeURIComponent(agent)}`, run.url).href;
        const raised = await attempt(() => options.run(url));
        await run.settle(SETTLE);
        if (run.begun === before) {
          const why = raised === undefined ? "run() returned" : `run() threw ${String(raised)}`;
          throw new RunError(`the client did not open a connection to ${url}: ${why}`);
        }
        const outcome = await run.outcome(one.id, agent).catch((error) => Promise.reject(typed(error)));
        judge.judge(outcome, one, skip, raised);
      });
    }
    after(async () => {
      await server?.finish();
      judge.end();
    });
  });
}

/** What it throws, if it does. */
async function attempt(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error ?? new Error(String(error));
  }
}
