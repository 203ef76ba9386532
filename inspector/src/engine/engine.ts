import type {
  Choice,
  Decoded,
  Details,
  Difference,
  Encoding,
  Export,
  Filter,
  Part,
  RoundTrip,
  RowFinding,
  Summary,
} from "./model.js";

interface Answer {
  id: number;
  answer?: unknown;
  error?: string;
  dead?: boolean;
}

/** No larger capture is read: it would have to be held twice in 4 GiB. */
export const MAX_CAPTURE = 512 << 20;

/** The inspector's engine, in a worker. Every answer is a promise, in the order of the questions. */
export class Engine {
  #worker: Worker | undefined;
  #next = 0;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  /** `makeWorker` starts engine/worker.ts; `wasm` is the module. */
  constructor(
    private readonly makeWorker: () => Worker,
    private readonly wasm: Uint8Array,
  ) {}

  #start(): Worker {
    const worker = this.makeWorker();
    this.#worker = worker;
    worker.onmessage = (event: MessageEvent<Answer>) => this.#settle(event.data);
    worker.onerror = (event) => this.#die(event.message || "the worker could not be started");
    this.#ask("start", [this.wasm]).catch((error: Error) => this.#die(error.message));
    return worker;
  }

  #settle({ id, answer, error, dead }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(dead ? `this capture needs more memory than there is (${error})` : error));
    if (dead) this.#die("the engine began anew");
  }

  #die(why: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }

  #ask<T>(method: string, args: unknown[], transfer: Transferable[] = []): Promise<T> {
    const worker = this.#worker ?? this.#start();
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.postMessage({ id, method, args }, transfer);
    });
  }

  /** Reads a capture; its buffer is given away. */
  open(octets: Uint8Array<ArrayBuffer>, choice: Choice = {}): Promise<Summary> {
    return this.#ask("open", [octets, choice], [octets.buffer]);
  }

  /** Reads a capture from a file. */
  openFile(file: Blob, choice: Choice = {}): Promise<Summary> {
    return this.#ask("openFile", [file, choice]);
  }

  /** Takes live events, each as JSON text. */
  events(events: string[]): Promise<Summary> {
    return this.#ask("events", [events]);
  }

  clear(): Promise<null> {
    return this.#ask("clear", []);
  }

  details(connection: number): Promise<Details> {
    return this.#ask("details", [connection]);
  }

  /** The rows from `from` on; see table.ts. */
  rows(connection: number, from: number): Promise<Uint32Array> {
    return this.#ask("rows", [connection, from]);
  }

  previews(connection: number, rows: number[]): Promise<string[]> {
    return this.#ask("previews", [connection, Uint32Array.from(rows)]);
  }

  /** The numbers of the rows that pass. */
  filter(connection: number, filter: Filter): Promise<Uint32Array> {
    return this.#ask("filter", [connection, filter]);
  }

  octets(connection: number, row: number, part: Part): Promise<Uint8Array<ArrayBuffer>> {
    return this.#ask("octets", [connection, row, part]);
  }

  /** What octets hold, read as this; without an encoding as what they look like, or nothing. */
  decoded(connection: number, row: number, part: Part, encoding?: Encoding): Promise<Decoded | null> {
    return this.#ask("decoded", [connection, row, part, encoding ?? null]);
  }

  /** How the messages of two rows differ. */
  difference(connection: number, before: number, after: number): Promise<Difference> {
    return this.#ask("difference", [connection, before, after]);
  }

  /** The frame that this one answers, or that answers it. */
  roundTrip(connection: number, row: number): Promise<RoundTrip | null> {
    return this.#ask("roundTrip", [connection, row]);
  }

  findings(connection: number): Promise<RowFinding[]> {
    return this.#ask("findings", [connection]);
  }

  export(connection: number, kind: Export): Promise<Uint8Array<ArrayBuffer>> {
    return this.#ask("export", [connection, kind]);
  }

  rowScenario(connection: number, row: number): Promise<string> {
    return this.#ask("rowScenario", [connection, row]);
  }
}
