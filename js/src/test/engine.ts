/** Cases, and sessions in memory: what native code and WebAssembly both have. */

/** One case: built in, or a scenario of one's own. */
export interface Case {
  /** Such as `6.4.3`. */
  readonly id: string;
  /** The title of the section. */
  readonly sectionTitle: string;
  /** What is sent. */
  readonly description: string;
  /** What a right testee does. */
  readonly expectation: string;
  /** The rules that the case proves, as `MUST RFC 6455 §5.2`. */
  readonly clauses: string[];
  /** The case as JSON, as scenario files have it. */
  toJsonText(): string;
}

/** The single verdict on a case, from best to worst. */
export type Verdict = "pass" | "pass-with-notes" | "limit" | "unimplemented" | "fail" | "incomplete";

/** One finding of an outcome: what was found, with the numbers of its kind. */
export interface Finding {
  /** A name such as `broken_rule`. */
  readonly kind: string;
  /** The verdict that it leads to; `pass` is a remark. */
  readonly weight: Verdict;
  /** How binding the rule is, where there is one. */
  readonly level?: "MUST" | "SHOULD" | "MAY";
  /** The rule, such as `RFC 6455 §5.2`. */
  readonly clause?: string;
  /** Whose doing it is. */
  readonly by: "testee" | "wsproof" | "unknown";
  /** The octet that shows it, from 0, in what the testee sent after the handshake. */
  readonly octet?: number;
  /** When it showed: microseconds since TCP was connected. */
  readonly at_us?: number;
  readonly [detail: string]: unknown;
}

/** What became of one case against one testee. */
export interface Outcome {
  /** The case. */
  readonly id: string;
  /** Name of the testee. */
  readonly agent: string;
  /** The verdict. */
  readonly verdict: Verdict;
  /** Autobahn's `behavior`. */
  readonly behavior: string;
  /** Autobahn's `behaviorClose`. */
  readonly behaviorClose: string;
  /** Why. */
  readonly reason: string;
  /** The same as data: the worst finding decides the verdict. */
  readonly findings: readonly Finding[];
  /** Whether the case was run again before it was judged, because its failure rested on time alone. */
  readonly rerun: "alone" | "sampled" | null;
  /** Milliseconds from the opened connection to its end. */
  readonly duration: number;
  /** Whether it is a failure; `strict` as with the command's `--strict`. */
  fails(strict: boolean): boolean;
  /** All about it, with the first and last lines of the wire log. */
  explain(about: Case | null, first: number, last: number): string;
  /** All of it as one line of JSON. */
  toJsonText(): string;
}

/** @internal */
export interface Session {
  receive(octets: Uint8Array, now: number): void;
  peerClosed(now: number): void;
  poll(now: number): { what: "write" | "wait" | "drop" | "done"; octets?: Uint8Array; until?: number };
  wrote(octets: number, now: number): void;
  outcome(agent: string): Outcome;
}

/** @internal */
export interface Engine {
  select(include: string[], exclude: string[], own: Case[], profile?: string): Case[];
  parseScenarios(text: string): Case[];
  loadScenarios(paths: string[]): Case[];
  Session: new (about: Case, host: string, resource: string, request?: Uint8Array) => Session;
}

let load: (() => Engine) | undefined;
let loaded: Engine | undefined;

/** @internal Says where the engine comes from; the entry of each platform does that. */
export function useEngine(from: () => Engine): void {
  load = from;
}

/** @internal The engine, loaded when it is wanted first. */
export function engine(): Engine {
  loaded ??= load?.();
  if (loaded === undefined) throw new Error("wsproof is not initialised: import one of the package's entries");
  return loaded;
}
