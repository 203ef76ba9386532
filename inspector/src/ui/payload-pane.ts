import type { Engine } from "../engine/engine.js";
import type { Decoded, Encoding, Part, RowFinding } from "../engine/model.js";
import type { Row } from "../engine/table.js";
import { differenceView } from "./difference.js";
import { h } from "./dom.js";
import { copy } from "./out.js";
import { hexView, parseJson, plainHex, textView } from "./payload.js";
import { snippet } from "./snippets.js";
import { decodedTree, jsonTree } from "./tree.js";

type View = "text" | "json" | "hex" | Encoding;

const VIEWS: Record<View, string> = {
  text: "Text",
  json: "JSON",
  hex: "Hex",
  msgpack: "MessagePack",
  cbor: "CBOR",
  protobuf: "Protobuf",
};
const ENCODINGS: Encoding[] = ["msgpack", "cbor", "protobuf"];

/** Octets of a row, and what was found out about them. */
interface Shown {
  connection: number;
  row: Row;
  part: Part;
  octets: Uint8Array;
  textual: boolean;
  json: { value: unknown } | undefined;
  /** Of binary octets what they look like. */
  guess: Decoded | null;
}

export interface PaneHandlers {
  select(row: number): void;
  say(text: string): void;
}

/** A row's octets: which of them, and shown as what; and how they differ from another row's. */
export class PayloadPane {
  readonly element = h("div", {});
  readonly #parts = h("div", { class: "segments", role: "group", "aria-label": "Which octets" });
  readonly #views = h("div", { class: "segments", role: "group", "aria-label": "Shown as" });
  readonly #decode = h("select", { class: "decode", "aria-label": "Decode as", "data-testid": "decode" });
  readonly #comparing = h("div", { class: "segments", role: "group", "aria-label": "Compare" });
  readonly #payload = h("div", { class: "payload", "data-testid": "payload" });
  /** Told to screen readers alone. */
  readonly #said = h("p", { class: "offscreen", role: "status" });
  /** What the user chose last stays chosen where it can. */
  #view: View | undefined;
  #part: Part | undefined;
  #marked: { connection: number; row: number } | undefined;
  #shown: Shown | undefined;
  /** The octets of the row that break rules, counted from the beginning of its frame. */
  #faults: number[] = [];
  #age = 0;

  constructor(
    private readonly engine: Engine,
    private readonly handlers: PaneHandlers,
    private readonly width: () => number,
  ) {
    this.#decode.addEventListener("change", () => {
      this.#view = this.#decode.value === "" ? "hex" : (this.#decode.value as View);
      this.#draw();
    });
  }

  /** Nothing is shown, and nothing is marked. */
  forget(): void {
    this.#age++;
    this.#shown = undefined;
    this.#marked = undefined;
  }

  /** Gets what is to be shown of a row. */
  async load(connection: number, row: Row, findings: RowFinding[]): Promise<void> {
    const age = ++this.#age;
    const shown = await this.#get(connection, row, bestPart(row, this.#part));
    if (age !== this.#age) return;
    this.#shown = shown;
    this.#faults = findings
      .filter((finding) => finding.row === row.index && finding.offset !== undefined)
      .map((finding) => (finding.offset ?? 0) - row.offset);
  }

  /** Shows what was got; `wire`: the whole frame, where there is one. */
  show(wire: Uint8Array | undefined): void {
    const shown = this.#shown;
    if (!shown) return;
    this.element.replaceChildren(
      h("div", { class: "bar" }, this.#parts, this.#views, this.#decode, this.#copyMenu(shown, wire), this.#comparing),
      this.#payload,
      this.#said,
    );
    this.#said.textContent = "";
    this.#draw();
  }

  /** Marks the row, or where another one is marked shows the difference. */
  compare(): void {
    const shown = this.#shown;
    if (!shown) return;
    const marked = this.#marked;
    if (!marked || marked.row === shown.row.index) {
      this.#marked = marked ? undefined : { connection: shown.connection, row: shown.row.index };
      this.handlers.say(
        this.#marked ? `Row ${shown.row.index} is marked: choose another one and compare` : "No row is marked",
      );
      this.#drawComparing();
      return;
    }
    const age = this.#age;
    this.engine.difference(shown.connection, marked.row, shown.row.index).then(
      (difference) => {
        if (age !== this.#age) return;
        this.#payload.replaceChildren(differenceView(difference, marked.row, shown.row.index));
        this.#payload.scrollIntoView({ block: "nearest" });
        this.#said.textContent = `Below is the difference of row ${marked.row} and row ${shown.row.index}`;
      },
      (error: Error) => this.handlers.say(error.message),
    );
  }

  async #get(connection: number, row: Row, part: Part): Promise<Shown> {
    const octets = await this.engine.octets(connection, row.index, part);
    const plain = part === "message" || !row.isFrame || (row.opcode !== 2 && !row.rsv);
    const isText = part !== "wire" && plain && textual(octets);
    const json = isText || part === "payload" ? parseJson(octets) : undefined;
    const guess = part === "wire" || isText || json ? null : await this.engine.decoded(connection, row.index, part);
    return { connection, row, part, octets, textual: isText, json, guess };
  }

  #draw(): void {
    const shown = this.#shown;
    if (!shown) return;
    const { row, part, octets, json, guess } = shown;
    const names: Record<Part, string> = {
      message: row.compressed ? "Inflated" : "Message",
      payload: row.compressed ? "Raw" : "Payload",
      wire: "Wire",
    };
    const titles: Record<Part, string> = {
      message: "The whole message: fragments joined, inflated",
      payload: "This frame's payload, unmasked",
      wire: "The frame as it was on the wire: header and masked payload",
    };
    this.#parts.replaceChildren(
      ...(row.isFrame ? partsOf(row) : []).map((choice) =>
        button(names[choice], titles[choice], choice === part, () => this.#choosePart(choice)),
      ),
    );
    const plain: View[] = json ? ["text", "json", "hex"] : ["text", "hex"];
    const possible: View[] = part === "wire" ? plain : [...plain, ...ENCODINGS];
    const best: View = json ? "json" : shown.textual ? "text" : (guess?.encoding ?? "hex");
    // What was chosen for binary octets is nothing for a text.
    const wanted = this.#view && shown.textual && isEncoding(this.#view) ? undefined : this.#view;
    const view = wanted && part !== "wire" && possible.includes(wanted) ? wanted : part === "wire" ? "hex" : best;
    this.#views.replaceChildren(
      ...plain.map((choice) =>
        button(VIEWS[choice], `Show as ${VIEWS[choice]}`, choice === view, () => {
          this.#view = choice;
          this.#draw();
        }),
      ),
    );
    this.#decode.hidden = part === "wire" || octets.length === 0;
    this.#decode.classList.toggle("chosen", isEncoding(view));
    this.#decode.replaceChildren(
      h("option", { value: "" }, "Decode as…"),
      ...ENCODINGS.map((name) =>
        h("option", { value: name }, `${VIEWS[name]}${guess?.encoding === name ? " (fits)" : ""}`),
      ),
    );
    this.#decode.value = isEncoding(view) ? view : "";
    this.#drawComparing();
    if (octets.length === 0) this.#payload.replaceChildren(h("p", { class: "hint" }, "No payload."));
    else if (view === "json" && json) this.#payload.replaceChildren(jsonTree(json.value));
    else if (isEncoding(view)) this.#drawDecoded(shown, view);
    else if (view === "text") this.#payload.replaceChildren(textView(octets));
    else this.#payload.replaceChildren(hexView(octets, this.width(), this.#faultsIn(row, part)));
  }

  #drawDecoded({ connection, row, part, guess }: Shown, encoding: Encoding): void {
    const draw = (decoded: Decoded) => this.#payload.replaceChildren(decodedTree(decoded, VIEWS[encoding]));
    if (guess?.encoding === encoding) {
      draw(guess);
      return;
    }
    const age = this.#age;
    this.engine.decoded(connection, row.index, part, encoding).then(
      (decoded) => {
        if (age === this.#age && decoded) draw(decoded);
      },
      (error: Error) => this.handlers.say(error.message),
    );
  }

  #drawComparing(): void {
    const shown = this.#shown;
    if (!shown) return;
    const marked = this.#marked?.row;
    const here = marked === shown.row.index;
    const compare = button(
      marked === undefined ? "Mark" : here ? "Marked" : `Compare with row ${marked}`,
      here
        ? "Take the mark away (c)"
        : marked === undefined
          ? "Then choose another row (c)"
          : "Show the difference (c)",
      here,
      () => this.compare(),
    );
    if (marked === undefined) compare.setAttribute("aria-label", "Mark to compare");
    const away = button("×", "Take the mark away", false, () => {
      this.#marked = undefined;
      this.#draw();
    });
    away.setAttribute("aria-label", "Take the mark away");
    this.#comparing.replaceChildren(compare, ...(marked === undefined || here ? [] : [away]));
  }

  #choosePart(part: Part): void {
    const shown = this.#shown;
    if (!shown) return;
    this.#part = part;
    const age = this.#age;
    this.#get(shown.connection, shown.row, part).then(
      (other) => {
        if (age !== this.#age) return;
        this.#shown = other;
        this.#draw();
      },
      (error: Error) => this.handlers.say(error.message),
    );
  }

  /** The octets at fault, as octets of what is shown. */
  #faultsIn(row: Row, part: Part): number[] {
    if (part === "wire") return this.#faults;
    // In a message they can be told only where it is this frame and nothing else.
    const whole = row.fin && row.opcode !== 0 && !row.compressed;
    if (part === "message" && !whole) return [];
    return this.#faults.map((at) => at - row.headerLen).filter((at) => at >= 0);
  }

  #copyMenu({ connection, row, octets: payload }: Shown, wire: Uint8Array | undefined): HTMLElement {
    const octets = wire ?? payload;
    const what: [string, () => string | Promise<string>][] = [
      [wire ? "Frame as hex" : "Message as hex", () => plainHex(octets)],
      ["Payload as text", () => new TextDecoder().decode(payload)],
      ["Scenario (JSON)", () => this.engine.rowScenario(connection, row.index)],
      ["Rust", () => snippet("rust", octets, row.isFrame)],
      ["Python", () => snippet("python", octets, row.isFrame)],
      ["JavaScript", () => snippet("js", octets, row.isFrame)],
    ];
    const select = h(
      "select",
      { "aria-label": "Copy", class: "menu", "data-testid": "copy" },
      h("option", { value: "" }, "Copy…"),
      ...what.map(([name], index) => h("option", { value: index }, name)),
    );
    select.addEventListener("change", async () => {
      const entry = what[Number(select.value)];
      const chosen = select.value !== "";
      select.value = "";
      if (!entry || !chosen) return;
      try {
        await copy(await entry[1]());
        this.handlers.say(`Copied: ${entry[0]}`);
      } catch (error) {
        this.handlers.say(`Not copied: ${(error as Error).message}`);
      }
    });
    return select;
  }
}

function button(label: string, title: string, on: boolean, choose: () => void): HTMLButtonElement {
  const element = h("button", { type: "button", title, "aria-pressed": on }, label);
  element.addEventListener("click", choose);
  return element;
}

function isEncoding(view: View): view is Encoding {
  return (ENCODINGS as View[]).includes(view);
}

function partsOf(row: Row): Part[] {
  return row.message === undefined ? ["payload", "wire"] : ["message", "payload", "wire"];
}

function bestPart(row: Row, chosen: Part | undefined): Part {
  if (chosen && row.isFrame && partsOf(row).includes(chosen)) return chosen;
  return row.isFrame && row.message !== undefined ? "message" : "payload";
}

function textual(octets: Uint8Array): boolean {
  try {
    // The edge may cut a character.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(octets.subarray(0, 4096), { stream: true });
    return !/(?![\t\n\v\f\r])\p{Cc}/u.test(text);
  } catch {
    return false;
  }
}
