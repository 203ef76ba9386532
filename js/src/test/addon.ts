/** The native engine: beside what each has, runs over sockets and commands. See bindings-node/run/. */
import { loadNative } from "../addons.js";
import type { Case, Engine, Outcome } from "./engine.js";

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
  /** How many requests were not served, and why the last was not. */
  readonly refused: number;
  readonly lastRefusal: string | null;
  outcome(id: string, agent?: string): Promise<Outcome>;
  settle(limit: number): Promise<null>;
  finish(): Promise<string | null>;
}

/** @internal */
export interface ServerRunOptions {
  command?: string[];
  jobs?: number;
  agent?: string;
  headers?: [string, string][];
  origin?: string;
  protocols?: string[];
  unix?: string;
  cert?: string;
  key?: string;
  ca?: string;
  tlsVerify?: boolean;
  hostname?: string;
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

interface Addon extends Engine {
  ServerRun: new (url: string, cases: Case[], options: ServerRunOptions) => ServerRun;
  ClientRun: new (cases: Case[], options: ClientRunOptions) => ClientRun;
  runCommand(name: string, args: string[]): number;
}

let loaded: Addon | undefined;

/** @internal The add-on, loaded when it is wanted first. */
export function addon(): Addon {
  loaded ??= loadNative("run") as Addon;
  return loaded;
}
