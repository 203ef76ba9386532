/** The engine in WebAssembly; see bindings-wasm/engine/. */
import { readFileSync } from "node:fs";
import * as rust from "../../../bindings-wasm/pkg/engine/engine.js";
import type { Case, Engine, Finding, Outcome, Session } from "./engine.js";
import { UsageError } from "./errors.js";

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: the file cannot be read: ${String(error)}`);
  }
}

/** Calls Rust. What that refuses it throws as a plain error; errors of another name are faults. */
function refusable<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw error instanceof Error && error.name === "Error" ? new UsageError(error.message) : error;
  }
}

class WasmSession implements Session {
  readonly #session: rust.Session;

  constructor(about: Case, host: string, resource: string, request?: Uint8Array) {
    this.#session = refusable(() => new rust.Session(about as rust.Case, host, resource, request, Date.now()));
  }

  receive(octets: Uint8Array, now: number): void {
    if (!(octets instanceof Uint8Array)) throw new UsageError("octets are a Uint8Array");
    refusable(() => this.#session.receive(octets, now));
  }

  peerClosed(now: number): void {
    refusable(() => this.#session.peerClosed(now));
  }

  poll(now: number): ReturnType<Session["poll"]> {
    switch (refusable(() => this.#session.poll(now))) {
      case rust.Step.Write:
        return { what: "write", octets: this.#session.octets() };
      case rust.Step.Wait: {
        const until = this.#session.until();
        return until === undefined ? { what: "wait" } : { what: "wait", until };
      }
      case rust.Step.Drop:
        return { what: "drop" };
      default:
        return { what: "done" };
    }
  }

  wrote(octets: number, now: number): void {
    refusable(() => this.#session.wrote(octets, now));
  }

  outcome(agent: string): Outcome {
    const outcome = refusable(() => this.#session.outcome(agent));
    // Rust takes no object that may be missing.
    const explain: Outcome["explain"] = (about, first, last) =>
      about === null ? outcome.explainAlone(first, last) : outcome.explainWith(about as rust.Case, first, last);
    const findings = JSON.parse(outcome.findingsText) as Finding[];
    const rerun = (outcome.rerunText ?? null) as Outcome["rerun"];
    return Object.assign(outcome as Omit<Outcome, "explain" | "findings" | "rerun">, { explain, findings, rerun });
  }
}

/** A compiled module as an engine. */
export function wasmEngine(module: WebAssembly.Module): Engine {
  rust.initSync({ module });
  return {
    select: (include, exclude, own, profile) =>
      refusable(() => {
        const choice = new rust.Choice(profile);
        for (const one of own) choice.add(one as rust.Case);
        return choice.select(include, exclude);
      }),
    parseScenarios: (json) => refusable(() => rust.parseScenarios(json)),
    loadScenarios: (paths) => refusable(() => rust.parseFiles(paths, paths.map(read))),
    Session: WasmSession,
  };
}
