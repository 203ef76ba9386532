/** The engine in WebAssembly; see bindings-wasm-run/. */
import { readFileSync } from "node:fs";
import type { Case, Engine, Finding, Outcome, Session, Verdict } from "./engine.js";
import { UsageError } from "./errors.js";

/** What the module exports. */
interface Exports {
  memory: WebAssembly.Memory;
  input(len: number): number;
  output(): number;
  output_len(): number;
  free(handle: number): void;
  select(len: number): number;
  parse_scenarios(len: number): number;
  parse_files(len: number): number;
  case_json(about: number): number;
  connect(about: number, host: number, len: number): number;
  accept(about: number, len: number): number;
  receive(session: number, len: number, now: number): number;
  peer_closed(session: number, now: number): number;
  poll(session: number, now: number): number;
  until(): number;
  wrote(session: number, octets: number, now: number): number;
  outcome(session: number, len: number, startedMs: number): number;
  outcome_told(outcome: number): number;
  explain(outcome: number, about: number, first: number, last: number): number;
  outcome_json(outcome: number): number;
}

const STEPS = ["write", "wait", "wait", "drop", "done"] as const;
const WAIT_UNTIL = 2;

type Told<T> = { -readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: T[K] };
type ToldCase = Told<Case> & { handle: number };
type ToldOutcome = Told<Outcome> & { fails: boolean; failsStrictly: boolean };

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: the file cannot be read: ${String(error)}`);
  }
}

/** A compiled module as an engine. */
export function wasmEngine(module: WebAssembly.Module): Engine {
  const rust = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
  const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder() };
  const finalizers = new FinalizationRegistry((handle: number) => rust.free(handle));

  const put = (octets: Uint8Array): number => {
    const at = rust.input(octets.length);
    new Uint8Array(rust.memory.buffer, at, octets.length).set(octets);
    return octets.length;
  };
  const putText = (text: string): number => put(utf8.encoder.encode(text));
  const output = (): Uint8Array => new Uint8Array(rust.memory.buffer, rust.output(), rust.output_len());
  const text = (): string => utf8.decoder.decode(output());
  /** What a call returned, unless that is 0: then it was refused. */
  const done = (answer: number): number => {
    if (answer === 0) throw new UsageError(text());
    return answer;
  };
  const answer = (number: number): string => {
    done(number);
    return text();
  };

  class WasmCase implements Case {
    readonly #handle: number;
    readonly id: string;
    readonly sectionTitle: string;
    readonly description: string;
    readonly expectation: string;
    readonly clauses: string[];

    constructor(told: ToldCase) {
      this.#handle = told.handle;
      this.id = told.id;
      this.sectionTitle = told.sectionTitle;
      this.description = told.description;
      this.expectation = told.expectation;
      this.clauses = told.clauses;
      finalizers.register(this, told.handle);
    }

    toJsonText(): string {
      return answer(rust.case_json(this.#handle));
    }

    /** The handle of a case, or 0: no other engine's is taken. */
    static handleOf(about: Case): number {
      return typeof about === "object" && about !== null && #handle in about ? about.#handle : 0;
    }
  }

  const { handleOf } = WasmCase;
  const cases = (number: number): Case[] =>
    (JSON.parse(answer(number)) as ToldCase[]).map((told) => new WasmCase(told));

  class WasmOutcome implements Outcome {
    readonly #handle: number;
    readonly #told: ToldOutcome;
    readonly id: string;
    readonly agent: string;
    readonly verdict: Verdict;
    readonly behavior: string;
    readonly behaviorClose: string;
    readonly reason: string;
    readonly findings: readonly Finding[];
    readonly rerun: Outcome["rerun"];
    readonly duration: number;

    constructor(handle: number) {
      this.#handle = handle;
      finalizers.register(this, handle);
      const told = JSON.parse(answer(rust.outcome_told(handle))) as ToldOutcome;
      this.#told = told;
      this.id = told.id;
      this.agent = told.agent;
      this.verdict = told.verdict;
      this.behavior = told.behavior;
      this.behaviorClose = told.behaviorClose;
      this.reason = told.reason;
      this.findings = told.findings;
      this.rerun = told.rerun;
      this.duration = told.duration;
    }

    fails(strict: boolean): boolean {
      return strict ? this.#told.failsStrictly : this.#told.fails;
    }

    explain(about: Case | null, first: number, last: number): string {
      return answer(rust.explain(this.#handle, about === null ? 0 : handleOf(about), first, last));
    }

    toJsonText(): string {
      return answer(rust.outcome_json(this.#handle));
    }
  }

  class WasmSession implements Session {
    readonly #handle: number;
    readonly #started = Date.now();

    constructor(about: Case, host: string, resource: string, request?: Uint8Array) {
      const octets = utf8.encoder.encode(host);
      this.#handle = done(
        request === undefined
          ? rust.connect(handleOf(about), octets.length, putText(host + resource))
          : rust.accept(handleOf(about), put(request)),
      );
      finalizers.register(this, this.#handle);
    }

    receive(octets: Uint8Array, now: number): void {
      if (!(octets instanceof Uint8Array)) throw new UsageError("octets are a Uint8Array");
      done(rust.receive(this.#handle, put(octets), now));
    }

    peerClosed(now: number): void {
      done(rust.peer_closed(this.#handle, now));
    }

    poll(now: number): ReturnType<Session["poll"]> {
      const step = done(rust.poll(this.#handle, now));
      const what = STEPS[step - 1] as (typeof STEPS)[number];
      if (what === "write") return { what, octets: output().slice() };
      return step === WAIT_UNTIL ? { what, until: rust.until() } : { what };
    }

    wrote(octets: number, now: number): void {
      done(rust.wrote(this.#handle, octets, now));
    }

    outcome(agent: string): Outcome {
      return new WasmOutcome(done(rust.outcome(this.#handle, putText(agent), this.#started)));
    }
  }

  return {
    select(include, exclude, own, profile) {
      return cases(rust.select(putText(JSON.stringify({ include, exclude, own: own.map(handleOf), profile }))));
    },
    parseScenarios: (json) => cases(rust.parse_scenarios(putText(json))),
    loadScenarios: (paths) => cases(rust.parse_files(putText(JSON.stringify(paths.map((path) => [path, read(path)]))))),
    Session: WasmSession,
  };
}
