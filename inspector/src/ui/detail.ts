import type { Engine } from "../engine/engine.js";
import type { RoundTrip, RowFinding } from "../engine/model.js";
import { opcodeName, type Row, type Table } from "../engine/table.js";
import { count, h, number, size, time } from "./dom.js";
import { headerBits } from "./header-bits.js";
import { PayloadPane } from "./payload-pane.js";

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
  readonly #pane: PayloadPane;
  #age = 0;

  constructor(
    private readonly engine: Engine,
    private readonly handlers: DetailHandlers,
  ) {
    this.#pane = new PayloadPane(engine, handlers, () => this.element.clientWidth);
    this.clear();
  }

  clear(): void {
    this.#age++;
    this.#pane.forget();
    this.element.replaceChildren(
      h("p", { class: "hint" }, "Choose a row to see its header, its payload and what is wrong with it."),
    );
  }

  async show(connection: number, row: Row, table: Table, findings: RowFinding[]): Promise<void> {
    const age = ++this.#age;
    const [wire, trip] = await Promise.all([
      row.isFrame ? this.engine.octets(connection, row.index, "wire") : Promise.resolve(undefined),
      row.isFrame && row.opcode >= 8 ? this.engine.roundTrip(connection, row.index) : Promise.resolve(null),
      this.#pane.load(connection, row, findings),
    ]);
    if (age !== this.#age) return;
    this.element.replaceChildren(
      this.#title(row),
      this.#violations(row, findings),
      this.#facts(row, table, trip),
      ...(wire ? [headerBits(wire.subarray(0, row.headerLen), row)] : []),
      this.#pane.element,
    );
    this.#pane.show(wire);
  }

  /** Marks the row that is shown, or compares it with the one that is marked. */
  compare(): void {
    this.#pane.compare();
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

  #facts(row: Row, table: Table, trip: RoundTrip | null): HTMLElement {
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
    if (trip) {
      const link = h("button", { type: "button", class: "link" }, String(trip.other));
      link.addEventListener("click", () => this.handlers.select(trip.other));
      // Some sources tell whole milliseconds.
      const between = trip.us ? ` · after ${time(trip.us)}` : trip.us === 0 ? " · the same moment in this source" : "";
      const what = row.opcode === 8 ? "the other end's close" : trip.is_answer ? "the ping" : "by the pong";
      facts.push([trip.is_answer ? "Answers" : "Answered", h("span", {}, `${what} in row `, link, between)]);
    }
    if (!row.isFrame)
      facts.push(["Frames", "not in this source: how it was framed, masked and compressed is not known"]);
    return h("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
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
