import { addon, type ServerRun, type ServerRunOptions } from "./addon.js";
import { type ChoiceOptions, chooseOf } from "./choose.js";
import { guard, typed } from "./errors.js";
import { framework } from "./framework.js";
import { Judge } from "./judge.js";

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
  /** Called at the end. */
  stop?: () => unknown;
}

/** A server under test that echoes messages: at a URL, started by a function, or by a command. */
export interface ServerOptions extends ChoiceOptions {
  /** Where the server is. With a command, `{port}` is a free port. Default with a command: `ws://127.0.0.1:{port}`. */
  url?: string;
  /** Starts the server, before the first case. */
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
  /** Milliseconds until the server must accept connections. Default 30 000 with a command, else 0. */
  wait?: number;
  /** A folder for an HTML and JSON report. */
  report?: string;
}

/**
 * Makes a suite that proves a server: one test a case, named by its id. All cases begin together, each test waits for
 * its own, and the text of a failure has the wire log.
 *
 * ```js
 * describeServer({ url: "ws://127.0.0.1:9001" });
 * ```
 */
export function describeServer(options: ServerOptions): void {
  const { describe, it, before, after } = framework();
  const name = options.name ?? "WebSocket server";
  const chosen = guard(() => chooseOf(addon(), options));
  const judge = new Judge(options, name);
  describe(name, () => {
    let run: ServerRun | undefined;
    let stop: Started["stop"];
    before(async () => {
      const started = (await options.start?.()) ?? options.url ?? (options.command && "ws://127.0.0.1:{port}");
      if (started === undefined) throw new TypeError("describeServer needs a url, a start function, or a command");
      if (typeof started !== "string") stop = started.stop;
      const place = typeof started === "string" ? { url: started } : started;
      run = guard(() => new (addon().ServerRun)(place.url, chosen, settings({ ...options, ...given(place) })));
    });
    for (const one of chosen) {
      it(`case ${one.id}`, async (skip) => {
        const outcome = await (run as ServerRun).outcome(one.id).catch((error) => Promise.reject(typed(error)));
        judge.judge(outcome, one, skip);
      });
    }
    after(async () => {
      run?.cancel();
      await run?.finish();
      await stop?.();
      judge.end();
    });
  });
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
  const all = Symbol.iterator in headers ? [...(headers as Iterable<readonly [string, string]>)] : Object.entries(headers);
  return all.map(([name, value]) => [name, value]);
}

/** What of these is not undefined. */
export function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
