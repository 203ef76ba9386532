import type { Engine } from "../engine/engine.js";
import type { Part, RowFinding } from "../engine/model.js";
import { opcodeName, type Row, type Table } from "../engine/table.js";
import { count, h, number, size, time } from "./dom.js";
import { headerBits } from "./header-bits.js";
import { copy } from "./out.js";
import { hexView, jsonTree, parseJson, plainHex, textView } from "./payload.js";
import { snippet } from "./snippets.js";

type View = "text" | "json" | "hex";

/** Frames of one message that are linked. */
const MOST_LINKS = 100;

export interface DetailHandlers {
  select(row: number): void;
  say(text: string): void;
}

/** One row in full. */
export class Detail {
  readonly element = h("section", {
    class: "detail",
    "aria-label": "Details of the selected row",
    "data-testid": "detail",
  });
  /** What the user chose last stays chosen where it can. */
  #view: View | undefined;
  #part: Part | undefined;
  #age = 0;
  /** The octets of the row that break rules, counted from the beginning of its frame. */
  #faults: number[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly handlers: DetailHandlers,
  ) {
    this.clear();
  }

  clear(): void {
    this.#age++;
    this.element.replaceChildren(
      h("p", { class: "hint" }, "Choose a row to see its header, its payload and what is wrong with it."),
    );
  }

  async show(connection: number, row: Row, table: Table, findings: RowFinding[]): Promise<void> {
    const age = ++this.#age;
    const part = this.#bestPart(row);
    const [shown, wire] = await Promise.all([
      this.engine.octets(connection, row.index, part),
      row.isFrame ? this.engine.octets(connection, row.index, "wire") : Promise.resolve(undefined),
    ]);
    if (age !== this.#age) return;
    this.#faults = findings
      .filter((finding) => finding.row === row.index && finding.offset !== undefined)
      .map((finding) => (finding.offset ?? 0) - row.offset);
    const payload = h("div", { class: "payload", "data-testid": "payload" });
    const parts = h("div", { class: "segments", role: "group", "aria-label": "Which octets" });
    const views = h("div", { class: "segments", role: "group", "aria-label": "Shown as" });
    this.element.replaceChildren(
      this.#title(row),
      this.#violations(row, findings),
      this.#facts(row, table),
      ...(wire ? [headerBits(wire.subarray(0, row.headerLen), row)] : []),
      h("div", { class: "bar" }, parts, views, this.#copyMenu(connection, row, shown, wire)),
      payload,
    );
    this.#draw(connection, row, part, shown, parts, views, payload);
  }

  #bestPart(row: Row): Part {
    const possible: Part[] = row.message !== undefined ? ["message", "payload", "wire"] : ["payload", "wire"];
    if (this.#part && possible.includes(this.#part) && row.isFrame) return this.#part;
    return row.isFrame && row.message !== undefined ? "message" : "payload";
  }

  #title(row: Row): HTMLElement {
    const from = row.sender === "client" ? "client → server" : "server → client";
    return h(
      "h2",
      {},
      h("span", { class: `op op-${row.opcode}` }, opcodeName(row.opcode)),
      ` ${from} `,
      h(
        "span",
        { class: "dim" },
        `row ${number(row.index)}${row.time === undefined ? "" : `, after ${time(row.time)}`}`,
      ),
    );
  }

  #violations(row: Row, findings: RowFinding[]): HTMLElement | string {
    const mine = findings.filter((finding) => finding.row === row.index);
    if (mine.length === 0) return "";
    return h(
      "ul",
      { class: "violations", "aria-label": "Violations" },
      ...mine.map((finding) =>
        h(
          "li",
          {},
          h("strong", {}, finding.text),
          h(
            "span",
            { class: "clause" },
            finding.clause,
            finding.offset === undefined ? "" : `, octet ${number(finding.offset)}`,
            finding.close_code === undefined ? "" : `, close with ${finding.close_code}`,
          ),
        ),
      ),
    );
  }

  #facts(row: Row, table: Table): HTMLElement {
    const facts: [string, HTMLElement | string][] = [];
    const len = `${number(row.len)} octets`;
    facts.push(["Length", row.complete ? len : `${len} announced, ${number(row.kept)} in the capture`]);
    if (row.isFrame) facts.push(["In the stream", `octet ${number(row.offset)}, header of ${row.headerLen}`]);
    if (row.compressed) {
      const ratio = row.messageWireLen > 0 ? `, ${(row.messageLen / row.messageWireLen).toFixed(1)} to 1` : "";
      facts.push(["Compressed", `message of ${size(row.messageWireLen)} inflates to ${size(row.messageLen)}${ratio}`]);
    }
    const fragments = row.message === undefined ? [] : fragmentsOf(row, table);
    if (fragments.length > 1) {
      const links = fragments.slice(0, MOST_LINKS).map((index) => {
        const link = h("button", { type: "button", class: index === row.index ? "link here" : "link" }, String(index));
        link.addEventListener("click", () => this.handlers.select(index));
        return link;
      });
      const more = fragments.length > MOST_LINKS ? " …" : "";
      facts.push(["Message", h("span", {}, `${count(fragments.length, "fragment")}: `, ...links, more)]);
    }
    if (!row.isFrame)
      facts.push(["Frames", "not in this source: how it was framed, masked and compressed is not known"]);
    return h("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
  }

  #draw(
    connection: number,
    row: Row,
    part: Part,
    octets: Uint8Array,
    parts: HTMLElement,
    views: HTMLElement,
    payload: HTMLElement,
  ): void {
    const json = part === "wire" ? undefined : parseJson(octets);
    const isText =
      part === "message" || !row.isFrame ? textual(octets) : row.opcode !== 2 && textual(octets) && !row.rsv;
    const best: View = json ? "json" : isText && part !== "wire" ? "text" : "hex";
    const possible: View[] = json ? ["text", "json", "hex"] : ["text", "hex"];
    const view = this.#view && possible.includes(this.#view) && part !== "wire" ? this.#view : best;
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
    const button = (label: string, title: string, on: boolean, choose: () => void) => {
      const element = h("button", { type: "button", title, "aria-pressed": on }, label);
      element.addEventListener("click", choose);
      return element;
    };
    const choices: Part[] = !row.isFrame
      ? []
      : row.message === undefined
        ? ["payload", "wire"]
        : ["message", "payload", "wire"];
    parts.replaceChildren(
      ...choices.map((choice) =>
        button(names[choice], titles[choice], choice === part, () => {
          this.#part = choice;
          const age = this.#age;
          this.engine.octets(connection, row.index, choice).then(
            (other) => {
              if (age === this.#age) this.#draw(connection, row, choice, other, parts, views, payload);
            },
            (error: Error) => this.handlers.say(error.message),
          );
        }),
      ),
    );
    const labels: Record<View, string> = { text: "Text", json: "JSON", hex: "Hex" };
    views.replaceChildren(
      ...possible.map((choice) =>
        button(labels[choice], `Show as ${labels[choice]}`, choice === view, () => {
          this.#view = choice;
          this.#draw(connection, row, part, octets, parts, views, payload);
        }),
      ),
    );
    if (octets.length === 0) payload.replaceChildren(h("p", { class: "hint" }, "No payload."));
    else if (view === "json" && json) payload.replaceChildren(jsonTree(json.value));
    else
      payload.replaceChildren(
        view === "text" ? textView(octets) : hexView(octets, this.element.clientWidth, this.#faultsIn(row, part)),
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

  #copyMenu(connection: number, row: Row, shown: Uint8Array, wire: Uint8Array | undefined): HTMLElement {
    const octets = wire ?? shown;
    const what: [string, () => string | Promise<string>][] = [
      [wire ? "Frame as hex" : "Message as hex", () => plainHex(octets)],
      ["Payload as text", () => new TextDecoder().decode(shown)],
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

/** The frames of a row's message. */
function fragmentsOf(row: Row, table: Table): number[] {
  const number = (row.message ?? 0) + 1;
  let first = row.index;
  // A message's first frame has its opcode; other ends' frames and control frames may stand between.
  while (first > 0 && !(table.message(first) === number && (table.flags(first) & 15) !== 0)) first--;
  const list: number[] = [];
  for (let index = first; index < table.length && list.length <= 10_000; index++) {
    if (table.message(index) !== number) continue;
    list.push(index);
    if (table.flags(index) & 16) break;
  }
  return list;
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
