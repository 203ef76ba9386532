import { type Choice, type Encoding, EXPORTS, type Export, type Filter, PARTS, type Part } from "./model.js";

/** In workers alone. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** What the module exports; see bindings-inspect/src/lib.rs. */
interface Exports {
  memory: WebAssembly.Memory;
  input(len: number): number;
  output(): number;
  output_len(): number;
  choose(len: number): number;
  open(len: number): number;
  events(len: number): number;
  clear(): number;
  summary(): number;
  details(connection: number): number;
  rows(connection: number, from: number): number;
  previews(connection: number, len: number): number;
  filter(connection: number, len: number): number;
  octets(connection: number, row: number, part: number): number;
  decoded(connection: number, row: number, part: number, len: number): number;
  difference(connection: number, before: number, after: number): number;
  round_trip(connection: number, row: number): number;
  findings(connection: number): number;
  export(connection: number, kind: number): number;
  row_scenario(connection: number, row: number): number;
}

/** The WebAssembly module, with octets and JSON in place of addresses. Runs in the worker. */
export class Border {
  readonly #rust: Exports;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();

  constructor(module: WebAssembly.Module) {
    this.#rust = new WebAssembly.Instance(module).exports as unknown as Exports;
  }

  #put(octets: Uint8Array): number {
    const at = this.#rust.input(octets.length);
    new Uint8Array(this.#rust.memory.buffer, at, octets.length).set(octets);
    return octets.length;
  }

  /** A copy of what was answered. */
  #octets(good: number): Uint8Array<ArrayBuffer> {
    const answer = new Uint8Array(this.#rust.memory.buffer, this.#rust.output(), this.#rust.output_len());
    if (!good) throw new Error(this.#decoder.decode(answer));
    return answer.slice();
  }

  #words(good: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#octets(good).buffer);
  }

  #text(good: number): string {
    return this.#decoder.decode(this.#octets(good));
  }

  #json(good: number): unknown {
    return JSON.parse(this.#text(good));
  }

  open(octets: Uint8Array, choice: Choice): unknown {
    this.#text(this.#rust.choose(this.#put(this.#encoder.encode(JSON.stringify(choice)))));
    return this.#json(this.#rust.open(this.#put(octets)));
  }

  /** Reads a file here, in the worker: the page's own thread never has its octets. */
  openFile(file: Blob, choice: Choice): unknown {
    return this.open(new Uint8Array(new FileReaderSync().readAsArrayBuffer(file)), choice);
  }

  /** Takes events, each as JSON. */
  events(events: string[]): unknown {
    return this.#json(this.#rust.events(this.#put(this.#encoder.encode(`[${events.join(",")}]`))));
  }

  clear(): unknown {
    return this.#json(this.#rust.clear());
  }

  details(connection: number): unknown {
    return this.#json(this.#rust.details(connection));
  }

  rows(connection: number, from: number): Uint32Array<ArrayBuffer> {
    return this.#words(this.#rust.rows(connection, from));
  }

  previews(connection: number, rows: Uint32Array): unknown {
    const octets = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    return this.#json(this.#rust.previews(connection, this.#put(octets)));
  }

  filter(connection: number, filter: Filter): Uint32Array<ArrayBuffer> {
    return this.#words(this.#rust.filter(connection, this.#put(this.#encoder.encode(JSON.stringify(filter)))));
  }

  octets(connection: number, row: number, part: Part): Uint8Array<ArrayBuffer> {
    return this.#octets(this.#rust.octets(connection, row, PARTS[part]));
  }

  decoded(connection: number, row: number, part: Part, encoding: Encoding | null): unknown {
    const len = this.#put(this.#encoder.encode(JSON.stringify(encoding)));
    return this.#json(this.#rust.decoded(connection, row, PARTS[part], len));
  }

  difference(connection: number, before: number, after: number): unknown {
    return this.#json(this.#rust.difference(connection, before, after));
  }

  roundTrip(connection: number, row: number): unknown {
    return this.#json(this.#rust.round_trip(connection, row));
  }

  findings(connection: number): unknown {
    return this.#json(this.#rust.findings(connection));
  }

  export(connection: number, kind: Export): Uint8Array<ArrayBuffer> {
    return this.#octets(this.#rust.export(connection, EXPORTS[kind]));
  }

  rowScenario(connection: number, row: number): string {
    return this.#text(this.#rust.row_scenario(connection, row));
  }
}
