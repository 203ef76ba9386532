import { addon, type ServerRun, type ServerRunOptions } from "./addon.js";
import { type ChoiceOptions, chooseOf } from "./choose.js";
import { guard, RunError, typed, UsageError } from "./errors.js";
import { framework } from "./framework.js";
import { Judge } from "./judge.js";
import { LATE, seconds, within } from "./patience.js";
import { Trouble } from "./trouble.js";

/** Headers to send: an object, or pairs of name and value, which may repeat a name. `Headers` and `Map` are such too. */
export type HeadersToSend = Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** A server that was started: where it is, and how to stop it. */
export interface Started {
  /** `ws://` or `wss://`. */
  url: string;
  /** A Unix socket on which it is, in place of that of the options. */
  unix?: string;
  /** Headers that let one in, such as a token that was just made, in place of those of the options. */
  headers?: HeadersToSend;
  /** Called at the end; a promise is waited for, for five seconds. */
  stop?: () => unknown;
}

/** A server under test that echoes messages: at a URL, started by a function, or by a command. */
export interface ServerOptions extends ChoiceOptions {
  /** Where the server is. With a command, `{port}` is a free port. Default with a command: `ws://127.0.0.1:{port}`. */
  url?: string;
  /** Starts the server, before the first case, and returns when it listens. */
  start?: () => Started | string | Promise<Started | string>;
  /** A program and its arguments that start the server; `{port}` and `{url}` are replaced. It is stopped at the end. */
  command?: readonly string[];
  /** Cases side by side. Default: as many as a look at the server allows. */
  jobs?: number;
  /** The server's name in reports. Default: its `Server` header. */
  agent?: string;
  /**
   * Headers to send in the opening handshake, in this order, after its own. `Host`, `User-Agent` and `Origin` go in place of
   * wsproof's; `Upgrade`, `Connection` and `Sec-WebSocket-*` are refused. User name and password in the URL are an
   * `Authorization` header too. Reports show secrets as `***`.
   */
  headers?: HeadersToSend;
  /** `Origin` header to send. */
  origin?: string;
  /** Subprotocols to ask for. */
  protocols?: readonly string[];
  /** A Unix socket to connect to; the URL then says `Host` and path. In a command `{unix}` is replaced by it. */
  unix?: string;
  /** For `wss`: a client certificate with its chain, a PEM file. Needs `key`. */
  cert?: string;
  /** For `wss`: the private key of `cert`, a PEM file that is not encrypted. */
  key?: string;
  /**
   * For `wss`: authorities, a PEM file. The server's certificate must be issued by one of them, or be one of them. Else any
   * certificate is taken.
   */
  ca?: string;
  /** For `wss`: whether the certificate must be one that this machine trusts. Default false. */
  tlsVerify?: boolean;
  /** For `wss`: the name to ask for (SNI). Default: the host of the URL. */
  hostname?: string;
  /**
   * Milliseconds that the server gets to come up: until `start` has returned, or until the server of a command accepts
   * connections; default 30 000. With a `url` alone: how long to try to connect; default 0.
   */
  wait?: number;
  /** A folder for an HTML and JSON report. */
  report?: string;
}

/** `start` gets so long unless it is said otherwise. */
const WAIT = 30_000;

/** `stop` gets so long. */
const FAREWELL = 5_000;

/**
 * Makes a suite that proves a server: one test a case, named by its id. All cases begin together, each test waits for
 * its own, and the text of a failure has the wire log; of more than ten failures in a file, the others have one line each.
 * A server that cannot be started or reached fails one test, and the others are skipped.
 *
 * ```js
 * describeServer({ url: "ws://127.0.0.1:9001" });
 * ```
 */
export function describeServer(options: ServerOptions): void {
  const tests = framework();
  const name = options.name ?? "WebSocket server";
  const chosen = guard(() => chooseOf(addon(), options));
  const judge = new Judge(options, name);
  const trouble = new Trouble(tests);
  tests.describe(name, () => {
    let run: ServerRun | undefined;
    let stop: Started["stop"];
    tests.before(() =>
      trouble.meet(async () => {
        const started = await place(options);
        stop = started.stop;
        run = guard(() => new (addon().ServerRun)(started.url, chosen, settings({ ...options, ...given(started) })));
      }),
    );
    for (const one of chosen) {
      const title = `case ${one.id}`;
      tests.it(title, async (test) => {
        if (trouble.stops(test, title)) return;
        const outcome = await (run as ServerRun).outcome(one.id).catch((error) => trouble.note(typed(error)));
        if (outcome === undefined) trouble.stops(test, title);
        else judge.judge(outcome, one, test);
      });
    }
    tests.after(async () => {
      run?.cancel();
      await run?.finish();
      judge.end();
      if ((await within(FAREWELL, stop?.())) === LATE) {
        throw new RunError(`stop() of ${name} has not returned within ${seconds(FAREWELL)}`);
      }
    });
  });
}

/** Where the server is; starts it if that is to be done by a function. */
async function place(options: ServerOptions): Promise<Started> {
  const { start, url, command, wait = WAIT } = options;
  if (start === undefined) {
    const known = url ?? (command && "ws://127.0.0.1:{port}");
    if (known === undefined) throw new UsageError("describeServer needs a `url`, a `start` function, or a `command`");
    return { url: known };
  }
  const starting = Promise.resolve(start());
  const started = await within(wait, starting);
  if (started === LATE) {
    // Should it come up after all, it is stopped again.
    starting.then((late) => (typeof late === "object" ? late?.stop?.() : undefined)).catch(() => {});
    const what = "it returns when the server listens, with its URL or { url, stop }";
    throw new RunError(`start() has not returned within ${seconds(wait)} (\`wait\` sets this time): ${what}`);
  }
  if (typeof started === "string") return { url: started };
  if (typeof started?.url === "string") return started;
  throw new UsageError(`start() must return the URL of the server, or { url, stop }, not ${String(started)}`);
}

function settings(options: ServerOptions): ServerRunOptions {
  const { jobs, agent, origin, unix, cert, key, ca, tlsVerify, hostname, wait, timeout, report } = options;
  const lists = {
    command: options.command && [...options.command],
    headers: options.headers && pairs(options.headers),
    protocols: options.protocols && [...options.protocols],
  };
  return given({ ...lists, jobs, agent, origin, unix, cert, key, ca, tlsVerify, hostname, wait, timeout, report });
}

function pairs(headers: HeadersToSend): [string, string][] {
  const all =
    Symbol.iterator in headers ? [...(headers as Iterable<readonly [string, string]>)] : Object.entries(headers);
  return all.map(([name, value]) => [name, value]);
}

/** What of these is not undefined. */
export function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
