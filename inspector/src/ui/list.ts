import { opcodeName, type Row, type Table } from "../engine/table.js";
import { h, number, size, time } from "./dom.js";

const ROW_HEIGHT = 26;
/** Browsers do not scroll further than some 33 million pixels; longer lists are scrolled in proportion. */
const MAX_HEIGHT = 24_000_000;
/** Rows made beyond the edge. */
const OVERSCAN = 6;

export interface ListHandlers {
  select(row: number): void;
  previews(rows: number[]): Promise<string[]>;
}

/** The rows, of which only those in sight are elements. */
export class RowList {
  readonly element: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #spacer = h("div", { class: "spacer", role: "presentation" });
  readonly #body = h("div", { class: "rows", role: "rowgroup" });
  readonly #previews = new Map<number, string>();
  readonly #asked = new Set<number>();
  #table: Table | undefined;
  /** The rows in sight by their place in the list; undefined: all. */
  #view: Uint32Array | undefined;
  #marked: Set<number> | undefined;
  #selected = -1;
  #frame = 0;
  /** Goes up when the capture changes: late answers are dropped. */
  #age = 0;

  constructor(private readonly handlers: ListHandlers) {
    const names = ["#", "Time", "From", "Opcode", "FIN", "RSV", "Mask", "Length", "Payload"];
    const titles: Record<string, string> = {
      FIN: "Final fragment (RFC 6455 §5.2)",
      RSV: "Reserved bits; RSV1 tells of compression (RFC 7692 §6)",
      Mask: "Masking key (RFC 6455 §5.3)",
      Length: "Octets of payload; after the arrow, of the inflated message",
    };
    const cells = names.map((name) => h("div", { role: "columnheader", title: titles[name] }, name));
    const head = h("div", { class: "row head", role: "row", "aria-rowindex": 1 }, ...cells);
    this.#spacer.append(this.#body);
    this.#scroller = h(
      "div",
      {
        class: "list",
        role: "grid",
        tabindex: 0,
        "aria-label": "Frames",
        "aria-colcount": names.length,
        "data-testid": "list",
        on: {
          scroll: () => this.#schedule(),
          keydown: (event: KeyboardEvent) => this.#key(event),
          click: (event: MouseEvent) => {
            const row = (event.target as Element).closest<HTMLElement>(".row[data-row]");
            if (row) this.select(Number(row.dataset.row));
          },
        },
      },
      h("div", { class: "list-head", role: "rowgroup" }, head),
      this.#spacer,
    );
    this.element = this.#scroller;
    new ResizeObserver(() => this.#schedule()).observe(this.#scroller);
  }

  /** Shows another connection. */
  show(table: Table, hasFrames: boolean): void {
    this.#table = table;
    this.#view = undefined;
    this.#marked = undefined;
    this.#selected = -1;
    this.#age++;
    this.#previews.clear();
    this.#asked.clear();
    this.#scroller.classList.toggle("messages-only", !hasFrames);
    this.#scroller.setAttribute("aria-label", hasFrames ? "Frames" : "Messages");
    this.#scroller.scrollTop = 0;
    this.#schedule();
  }

  /** Shows these rows only; `marked` are highlighted. */
  narrow(view: Uint32Array | undefined, marked: Set<number> | undefined): void {
    this.#view = view;
    this.#marked = marked;
    this.#schedule();
    if (this.#selected >= 0) this.#reveal(this.#selected);
  }

  /** Rows were appended. */
  grow(): void {
    const atEnd = this.#scroller.scrollTop + this.#scroller.clientHeight >= this.#scroller.scrollHeight - ROW_HEIGHT;
    this.#schedule();
    if (atEnd) requestAnimationFrame(() => this.#scroller.scrollTo({ top: this.#scroller.scrollHeight }));
  }

  get selected(): number {
    return this.#selected;
  }

  get #count(): number {
    return this.#view?.length ?? this.#table?.length ?? 0;
  }

  #at(place: number): number {
    return this.#view ? (this.#view[place] ?? 0) : place;
  }

  /** The place of a row in the list, or of the one after it. */
  #place(row: number): number {
    if (!this.#view) return row;
    let [low, high] = [0, this.#view.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#view[middle] ?? 0) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  select(row: number): void {
    if (!this.#table || row < 0 || row >= this.#table.length) return;
    this.#selected = row;
    this.#reveal(row);
    this.#schedule();
    this.handlers.select(row);
  }

  focus(): void {
    this.#scroller.focus();
  }

  #key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#visible) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: Number.NEGATIVE_INFINITY,
      End: Number.POSITIVE_INFINITY,
    };
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const from = this.#selected < 0 ? (step > 0 ? -1 : 0) : this.#place(this.#selected);
    const to = Math.min(this.#count - 1, Math.max(0, from + step));
    if (this.#count > 0) this.select(this.#at(to));
  }

  get #visible(): number {
    return (this.#scroller.clientHeight - ROW_HEIGHT) / ROW_HEIGHT;
  }

  get #height(): number {
    return Math.min(MAX_HEIGHT, this.#count * ROW_HEIGHT);
  }

  /** The place at the top, with its fraction. */
  #top(): number {
    const scrollable = this.#height - (this.#scroller.clientHeight - ROW_HEIGHT);
    if (scrollable <= 0) return 0;
    return (this.#scroller.scrollTop / scrollable) * Math.max(0, this.#count - this.#visible);
  }

  #reveal(row: number): void {
    const place = this.#place(row);
    const top = this.#top();
    const scrollable = this.#height - (this.#scroller.clientHeight - ROW_HEIGHT);
    const last = Math.max(1, this.#count - this.#visible);
    let wanted: number | undefined;
    if (place < top) wanted = place;
    else if (place > top + this.#visible - 1) wanted = place - this.#visible + 1;
    if (wanted !== undefined && scrollable > 0) this.#scroller.scrollTop = Math.ceil((wanted / last) * scrollable);
  }

  #schedule(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const table = this.#table;
    this.#spacer.style.height = `${this.#height}px`;
    this.#scroller.setAttribute("aria-rowcount", String(this.#count + 1));
    if (!table) {
      this.#body.replaceChildren();
      return;
    }
    const top = this.#top();
    const first = Math.max(0, Math.floor(top) - OVERSCAN);
    const end = Math.min(this.#count, Math.ceil(top + this.#visible) + OVERSCAN);
    const missing: number[] = [];
    const elements: HTMLElement[] = [];
    for (let place = first; place < end; place++) {
      const index = this.#at(place);
      const preview = this.#previews.get(index);
      if (preview === undefined && !this.#asked.has(index)) missing.push(index);
      elements.push(this.#row(table.row(index), place, preview ?? ""));
    }
    this.#body.style.transform = `translateY(${this.#scroller.scrollTop - (top - first) * ROW_HEIGHT}px)`;
    this.#body.replaceChildren(...elements);
    const selected = elements.find((element) => element.getAttribute("aria-selected") === "true");
    if (selected) this.#scroller.setAttribute("aria-activedescendant", selected.id);
    else this.#scroller.removeAttribute("aria-activedescendant");
    if (missing.length > 0) this.#fetch(missing);
  }

  #fetch(rows: number[]): void {
    const age = this.#age;
    for (const row of rows) this.#asked.add(row);
    this.handlers.previews(rows).then(
      (lines) => {
        if (age !== this.#age) return;
        if (this.#previews.size > 5_000) {
          this.#previews.clear();
          this.#asked.clear();
        }
        rows.forEach((row, at) => {
          this.#previews.set(row, lines[at] ?? "");
        });
        this.#schedule();
      },
      // The next capture clears what was asked.
      () => {},
    );
  }

  #row(row: Row, place: number, preview: string): HTMLElement {
    const client = row.sender === "client";
    const unknown = (title: string) => h("div", { role: "gridcell", class: "unknown", title }, "–");
    const cell = (text: string, kind = "", title?: string) =>
      h("div", { role: "gridcell", class: kind || undefined, title }, text);
    const blind = "This source has messages only";
    const rsv = [4, 2, 1].flatMap((bit, at) => (row.rsv & bit ? [`${at + 1}`] : [])).join(" ");
    const inflated = row.compressed && row.opcode !== 0 ? ` → ${size(row.messageLen)}` : "";
    const cut = row.complete ? "" : " ✂";
    const length = h(
      "div",
      {
        role: "gridcell",
        class: "len",
        title: `${number(row.len)} octets${row.complete ? "" : `, ${number(row.kept)} of them in the capture`}${
          inflated ? `; the message has ${number(row.messageLen)} inflated` : ""
        }`,
      },
      size(row.len),
      cut,
      inflated && h("span", { class: "inflated" }, inflated),
    );
    const classes = ["row", client ? "client" : "server"];
    if (row.violations > 0) classes.push("broken");
    if (this.#marked?.has(row.index)) classes.push("match");
    const bad = row.violations > 0;
    return h(
      "div",
      {
        class: classes.join(" "),
        role: "row",
        id: `row-${row.index}`,
        "data-row": row.index,
        "aria-rowindex": place + 2,
        "aria-selected": row.index === this.#selected,
        "aria-label": bad ? `row ${row.index}, breaks a rule` : undefined,
      },
      h(
        "div",
        { role: "gridcell", class: "index" },
        bad ? h("span", { class: "flag", title: "Breaks a rule" }, "!") : null,
        String(row.index),
      ),
      row.time === undefined ? unknown("The source tells no times") : cell(time(row.time), "time"),
      cell(client ? "client ↑" : "server ↓", "side"),
      h("div", { role: "gridcell" }, h("span", { class: `op op-${row.opcode}` }, opcodeName(row.opcode))),
      row.isFrame
        ? cell(row.fin ? "FIN" : "…", row.fin ? "bit" : "bit off", row.fin ? "final" : "more follows")
        : unknown(blind),
      row.isFrame ? cell(rsv && `RSV${rsv}`, "bit") : unknown(blind),
      row.isFrame ? cell(row.mask === undefined ? "" : hexWord(row.mask), "mask") : unknown(blind),
      length,
      cell(preview, "preview"),
    );
  }
}

function hexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
