import * as rust from "../../../bindings-wasm/pkg/inspect/inspect.js";
import type { Choice, Encoding, Export, Filter, Part } from "./model.js";

/** In workers alone. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** The WebAssembly module, with JSON parsed: see bindings-wasm/inspect/src/inspector.rs. Runs in the worker. */
export class Border {
  readonly #rust: rust.Inspector;

  constructor(module: WebAssembly.Module) {
    rust.initSync({ module });
    this.#rust = new rust.Inspector();
  }

  open(octets: Uint8Array, choice: Choice): unknown {
    return JSON.parse(this.#rust.open(octets, JSON.stringify(choice)));
  }

  /** Reads a file here, in the worker: the page's own thread never has its octets. */
  openFile(file: Blob, choice: Choice): unknown {
    return this.open(new Uint8Array(new FileReaderSync().readAsArrayBuffer(file)), choice);
  }

  /** Takes events, each as JSON. */
  events(events: string[]): unknown {
    return JSON.parse(this.#rust.events(`[${events.join(",")}]`));
  }

  clear(): null {
    this.#rust.clear();
    return null;
  }

  details(connection: number): unknown {
    return JSON.parse(this.#rust.details(connection));
  }

  rows(connection: number, from: number): Uint32Array {
    return this.#rust.rows(connection, from);
  }

  previews(connection: number, rows: Uint32Array): string[] {
    return this.#rust.previews(connection, rows);
  }

  filter(connection: number, filter: Filter): Uint32Array {
    return this.#rust.filter(connection, JSON.stringify(filter));
  }

  octets(connection: number, row: number, part: Part): Uint8Array {
    return this.#rust.octets(connection, row, part);
  }

  decoded(connection: number, row: number, part: Part, encoding: Encoding | null): unknown {
    return JSON.parse(this.#rust.decoded(connection, row, part, encoding));
  }

  difference(connection: number, before: number, after: number): unknown {
    return JSON.parse(this.#rust.difference(connection, before, after));
  }

  roundTrip(connection: number, row: number): unknown {
    return JSON.parse(this.#rust.roundTrip(connection, row));
  }

  findings(connection: number): unknown {
    return JSON.parse(this.#rust.findings(connection));
  }

  export(connection: number, kind: Export): Uint8Array {
    return this.#rust.exportAs(connection, kind);
  }

  rowScenario(connection: number, row: number): string {
    return this.#rust.rowScenario(connection, row);
  }
}
