/** The native engine: cases, runs and sessions. See bindings-node-run/. */
import { loadNative } from "../addons.js";

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
export interface ServerRun {
  readonly url: string;
  readonly notes: string[];
  outcome(id: string): Promise<Outcome>;
  cancel(): void;
  finish(): Promise<string | null>;
}

/** @internal */
export interface ClientRun {
  readonly url: string;
  readonly begun: number;
  outcome(id: string, agent?: string): Promise<Outcome>;
  settle(limit: number): Promise<null>;
  finish(): Promise<string | null>;
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
export interface ServerRunOptions {
  command?: string[];
  jobs?: number;
  agent?: string;
  origin?: string;
  protocols?: string[];
  wait?: number;
  timeout?: number;
  report?: string;
  junit?: string;
}

/** @internal */
export interface ClientRunOptions {
  listen?: string;
  timeout?: number;
  report?: string;
  junit?: string;
}

interface Addon {
  select(include: string[], exclude: string[], own: Case[], profile: string): Case[];
  parseScenarios(text: string): Case[];
  loadScenarios(paths: string[]): Case[];
  ServerRun: new (url: string, cases: Case[], options: ServerRunOptions) => ServerRun;
  ClientRun: new (cases: Case[], options: ClientRunOptions) => ClientRun;
  Session: new (about: Case, host: string, resource: string, request?: Uint8Array) => Session;
  runCommand(name: string, args: string[]): number;
}

let loaded: Addon | undefined;

/** @internal The add-on, loaded when it is wanted first. */
export function addon(): Addon {
  loaded ??= loadNative("run") as Addon;
  return loaded;
}
