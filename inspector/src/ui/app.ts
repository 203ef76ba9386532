import { type Engine, MAX_CAPTURE } from "../engine/engine.js";
import type { Choice, Details, Filter, RowFinding, Summary } from "../engine/model.js";
import { Table } from "../engine/table.js";
import { Connections } from "./connections.js";
import { Detail } from "./detail.js";
import { h, icon, number } from "./dom.js";
import { exportMenu } from "./exports.js";
import { Filters } from "./filters.js";
import { handshakeView } from "./handshake.js";
import { keyboardHelp } from "./help.js";
import { intake } from "./intake.js";
import { RowList } from "./list.js";
import { Overview } from "./overview.js";
import { statisticsView } from "./statistics.js";
import { violationsView } from "./violations.js";
import { welcome } from "./welcome.js";

const TABS = ["Frames", "Handshake", "Violations", "Statistics"] as const;
type Tab = (typeof TABS)[number];

const SOURCES: Record<Summary["source"], string> = {
  octets: "Octets of one end",
  har: "HTTP archive",
  events: "DevTools protocol",
  netlog: "net-export log",
  pcap: "Packet capture",
  report: "Case report",
};

/** The inspector: a capture on the screen. */
export class App {
  readonly #list: RowList;
  readonly #filters: Filters;
  readonly #detail: Detail;
  readonly #overview: Overview;
  readonly #connections: Connections;
  readonly #tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Connection" });
  readonly #panel = h("div", { class: "panel", role: "tabpanel" });
  readonly #notes = h("div", { class: "notes", "data-testid": "notes" });
  readonly #source = h("span", { class: "source", "data-testid": "source" });
  readonly #toast = h("div", { class: "toast", role: "status", "aria-live": "polite" });
  readonly #exports: HTMLSelectElement;
  readonly #main = h("main");
  readonly #file: HTMLInputElement;
  readonly #frames: HTMLElement;
  readonly #help = keyboardHelp();
  #summary: Summary | undefined;
  #connection = -1;
  #details: Details | undefined;
  #findings: RowFinding[] = [];
  #table = new Table();
  #tab: Tab = "Frames";
  #matches: Uint32Array | undefined;
  #age = 0;
  #filterAge = 0;
  #toastTimer = 0;

  /** `tools` stand in the bar at the top; `empty` is shown while there is nothing to show. */
  constructor(
    private readonly engine: Engine,
    root: HTMLElement,
    tools: HTMLElement[] = [],
    private readonly empty?: HTMLElement,
  ) {
    this.#list = new RowList({
      select: (row) => this.#select(row),
      previews: (rows) => engine.previews(this.#connection, rows),
    });
    this.#filters = new Filters({
      change: (filter, hide) => void this.#filter(filter, hide),
      step: (direction) => this.#step(direction),
    });
    this.#detail = new Detail(engine, { select: (row) => this.#list.select(row), say: (text) => this.say(text) });
    this.#overview = new Overview((row) => this.#list.select(row));
    this.#file = h("input", { type: "file", hidden: true, "data-testid": "file" });
    this.#file.addEventListener("change", () => {
      const [file] = this.#file.files ?? [];
      if (file) void this.openFile(file);
      this.#file.value = "";
    });
    this.#connections = new Connections((index) => void this.#choose(index));
    this.#exports = exportMenu({
      make: (kind) => engine.export(this.#connection, kind),
      name: () => this.#details?.name ?? "",
      say: (text) => this.say(text),
    });
    this.#frames = h("div", { class: "frames" }, this.#filters.element, this.#overview.element, this.#list.element);
    const help = h("button", { type: "button", class: "quiet", title: "Keys (?)", "aria-label": "Keys" }, "?");
    help.addEventListener("click", () => this.#help.showModal());
    const open = h("button", { type: "button", title: "Open a capture (o)" }, icon("M2 4h4l1.5 2H14v7H2z"), "Open…");
    open.addEventListener("click", () => this.#file.click());
    root.append(
      h(
        "header",
        {},
        h("span", { class: "logo" }, h("b", {}, "ws"), "proof", h("span", { class: "sub" }, "inspector")),
        ...tools,
        open,
        this.#source,
        h("span", { class: "spring" }),
        this.#exports,
        help,
      ),
      this.#main,
      this.#toast,
      this.#file,
      this.#help,
    );
    intake(root, {
      file: (file) => void this.openFile(file),
      text: (text, how) => void this.open(new TextEncoder().encode(text), how),
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#showEmpty();
  }

  /** Says something for a moment. */
  say(text: string): void {
    this.#toast.textContent = text;
    this.#toast.classList.add("on");
    clearTimeout(this.#toastTimer);
    this.#toastTimer = window.setTimeout(() => this.#toast.classList.remove("on"), 4000);
  }

  async openFile(file: File): Promise<void> {
    if (file.size > MAX_CAPTURE) {
      this.#fail(
        file.name,
        `it has ${number(file.size)} octets, more than the ${number(MAX_CAPTURE)} that are read: cut it down first`,
      );
      return;
    }
    await this.#open(this.engine.openFile(file), file.name);
  }

  /** Reads a capture and shows it. */
  async open(octets: Uint8Array<ArrayBuffer>, name: string, choice: Choice = {}): Promise<void> {
    await this.#open(this.engine.open(octets, choice), name);
  }

  async #open(read: Promise<Summary>, name: string): Promise<void> {
    const age = ++this.#age;
    document.body.classList.add("busy");
    try {
      const summary = await read;
      if (age === this.#age) await this.#show(summary, name);
    } catch (error) {
      if (age === this.#age) this.#fail(name, (error as Error).message);
    } finally {
      document.body.classList.remove("busy");
    }
  }

  /** Takes live events, each as JSON; what is on the screen stays. */
  async take(events: string[]): Promise<void> {
    await this.grow(await this.engine.events(events));
  }

  /** The capture has grown: shows what is new. */
  async grow(summary: Summary): Promise<void> {
    if (!this.#summary || this.#connection < 0) return this.#show(summary, "");
    this.#summary = summary;
    this.#connections.show(summary, this.#connection);
    const connection = this.#connection;
    const [rows, details, findings] = await Promise.all([
      this.engine.rows(connection, this.#table.length),
      this.engine.details(connection),
      this.engine.findings(connection),
    ]);
    if (connection !== this.#connection) return;
    const before = this.#details;
    this.#details = details;
    this.#findings = findings;
    if (rows.length > 0) {
      this.#table.append(rows);
      this.#overview.draw();
      this.#list.grow();
      if (this.#filters.filter) await this.#filter(this.#filters.filter, this.#filters.hide);
    }
    this.#drawTabs();
    if (JSON.stringify(before?.notes) !== JSON.stringify(details.notes)) this.#drawNotes();
    if (this.#tab !== "Frames" && JSON.stringify(before) !== JSON.stringify(details)) this.#drawPanel();
  }

  /** A whole capture that is read again, since it has grown: what is on the screen stays. */
  async refresh(octets: Uint8Array<ArrayBuffer>, format: string): Promise<void> {
    const summary = await this.engine.open(octets, { format });
    // Another one, or one that began anew.
    const before = this.#summary?.connections[this.#connection];
    const same = summary.connections[this.#connection];
    if (!before || before.name !== same?.name || same.rows < before.rows) return this.#show(summary, "");
    await this.grow(summary);
  }

  /** Forgets the capture. */
  async clear(): Promise<void> {
    this.#age++;
    this.#summary = undefined;
    this.#connection = -1;
    await this.engine.clear();
    this.#showEmpty();
  }

  /** The connections that are there. */
  get connections(): number {
    return this.#summary?.connections.length ?? 0;
  }

  async #show(summary: Summary, name: string): Promise<void> {
    this.#summary = summary;
    this.#source.replaceChildren(name ? h("b", {}, name) : "", ` ${SOURCES[summary.source]}`);
    this.#exports.disabled = summary.connections.length === 0;
    this.#details = undefined;
    this.#drawNotes();
    this.#main.replaceChildren(
      this.#connections.element,
      h("div", { class: "content" }, this.#notes, this.#tabs, this.#panel),
      this.#detail.element,
    );
    this.#main.className = "capture";
    this.#connection = -1;
    this.#connections.show(summary, this.#connection);
    if (summary.connections.length > 0) {
      await this.#choose(0);
    } else {
      this.#tabs.replaceChildren();
      this.#detail.clear();
      this.#panel.replaceChildren(h("p", { class: "hint pad" }, "There is no WebSocket connection in this capture."));
    }
  }

  #fail(name: string, why: string): void {
    this.#summary = undefined;
    this.#connection = -1;
    this.#showEmpty(h("p", { class: "failure", role: "alert" }, h("b", {}, name), ` ${why}`));
  }

  #showEmpty(alert?: HTMLElement): void {
    this.#source.replaceChildren();
    this.#exports.disabled = true;
    this.#main.className = "empty";
    this.#main.replaceChildren(
      ...(alert ? [alert] : []),
      this.empty ?? "",
      welcome({
        open: () => this.#file.click(),
        paste: (text, choice) => void this.open(new TextEncoder().encode(text), "Pasted", choice),
      }),
    );
  }

  async #choose(connection: number): Promise<void> {
    if (!this.#summary || connection < 0 || connection >= this.#summary.connections.length) return;
    const age = this.#age;
    this.#connection = connection;
    this.#connections.show(this.#summary, connection);
    const [rows, details, findings] = await Promise.all([
      this.engine.rows(connection, 0),
      this.engine.details(connection),
      this.engine.findings(connection),
    ]);
    if (age !== this.#age || connection !== this.#connection) return;
    this.#table = new Table();
    this.#table.append(rows);
    this.#details = details;
    this.#findings = findings;
    this.#drawNotes();
    this.#detail.clear();
    this.#list.show(this.#table, this.#summary.frames);
    this.#overview.show(this.#table);
    this.#drawTabs();
    this.#drawPanel();
    await this.#filter(this.#filters.filter, this.#filters.hide);
    document.body.dataset.ready = String(this.#table.length);
  }

  /** What there is to say of the capture, and of the connection on the screen. */
  #drawNotes(): void {
    const notes = [...(this.#summary?.notes ?? []), ...(this.#details?.notes ?? [])];
    this.#notes.replaceChildren(...notes.map((note) => h("p", { title: note }, note)));
  }

  #drawTabs(): void {
    const connection = this.#summary?.connections[this.#connection];
    if (!connection) return;
    const label = (tab: Tab): (HTMLElement | string)[] => {
      if (tab === "Frames")
        return [
          this.#summary?.frames ? "Frames" : "Messages",
          h("span", { class: "dim" }, ` ${number(this.#table.length)}`),
        ];
      if (tab !== "Violations") return [tab];
      const badge = connection.violations > 0 ? "badge" : "dim";
      return [
        "Violations ",
        h("span", { class: badge, "data-testid": "violation-count" }, number(connection.violations)),
      ];
    };
    const focused = this.#tabs.contains(document.activeElement);
    this.#tabs.replaceChildren(
      ...TABS.map((tab) => {
        const chosen = tab === this.#tab;
        const button = h(
          "button",
          { type: "button", role: "tab", "aria-selected": chosen, tabindex: chosen ? 0 : -1 },
          ...label(tab),
        );
        button.addEventListener("click", () => this.#showTab(tab));
        button.addEventListener("keydown", (event) => {
          const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
          if (!step) return;
          this.#showTab(TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length] ?? "Frames");
          this.#tabs.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
        });
        return button;
      }),
    );
    if (focused) this.#tabs.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
  }

  #showTab(tab: Tab): void {
    this.#tab = tab;
    this.#drawTabs();
    this.#drawPanel();
  }

  #drawPanel(): void {
    const details = this.#details;
    if (!details || !this.#summary) return;
    this.#main.classList.toggle("with-detail", this.#tab === "Frames");
    const frames = this.#summary.frames;
    const views: Record<Tab, () => HTMLElement> = {
      Frames: () => this.#frames,
      Handshake: () => handshakeView(details),
      Violations: () => violationsView(details, this.#findings, (row) => this.#goTo(row)),
      Statistics: () => statisticsView(details, this.#table, frames),
    };
    this.#panel.replaceChildren(views[this.#tab]());
    this.#panel.setAttribute("aria-label", this.#tab);
  }

  #goTo(row: number): void {
    this.#showTab("Frames");
    requestAnimationFrame(() => {
      this.#list.select(row);
      this.#list.focus();
    });
  }

  #select(row: number): void {
    const connection = this.#connection;
    this.#detail
      .show(connection, this.#table.row(row), this.#table, this.#findings)
      .catch((error: Error) => this.say(error.message));
  }

  async #filter(filter: Filter | undefined, hide: boolean): Promise<void> {
    const age = ++this.#filterAge;
    if (!filter) {
      this.#matches = undefined;
      this.#filters.say("");
      return this.#list.narrow(undefined, undefined);
    }
    try {
      const matches = await this.engine.filter(this.#connection, filter);
      if (age !== this.#filterAge) return;
      this.#matches = matches;
      this.#filters.say(`${number(matches.length)} of ${number(this.#table.length)}`);
      if (hide) this.#list.narrow(matches, undefined);
      else this.#list.narrow(undefined, new Set(matches));
    } catch (error) {
      if (age === this.#filterAge) this.#filters.say((error as Error).message, true);
    }
  }

  #step(direction: 1 | -1): void {
    const matches = this.#matches;
    if (matches && matches.length > 0) this.#stepIn(matches, direction);
  }

  /** To the next of these rows, round and round. */
  #stepIn(rows: ArrayLike<number>, direction: 1 | -1): void {
    const all = Array.from(rows);
    const from = this.#list.selected;
    const next = direction > 0 ? all.find((row) => row > from) : all.findLast((row) => row < from);
    const row = next ?? (direction > 0 ? all[0] : all.at(-1));
    if (row !== undefined) this.#list.select(row);
  }

  #key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const typing = ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
    if (typing) {
      if (event.key === "Escape") this.#list.focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || this.#help.open) return;
    const broken = () => [...new Set(this.#findings.map((finding) => finding.row))];
    const inFrames = (action: () => void) => {
      if (this.#connection < 0) return;
      this.#showTab("Frames");
      action();
    };
    const tab = (index: number) => this.#summary && this.#connection >= 0 && this.#showTab(TABS[index] ?? "Frames");
    const keys: Record<string, () => unknown> = {
      "/": () => inFrames(() => this.#filters.focus()),
      "?": () => this.#help.showModal(),
      o: () => this.#file.click(),
      v: () => inFrames(() => this.#stepIn(broken(), 1)),
      V: () => inFrames(() => this.#stepIn(broken(), -1)),
      n: () => this.#step(1),
      N: () => this.#step(-1),
      c: () => inFrames(() => this.#detail.compare()),
      "[": () => void this.#choose(this.#connection - 1),
      "]": () => void this.#choose(this.#connection + 1),
      1: () => tab(0),
      2: () => tab(1),
      3: () => tab(2),
      4: () => tab(3),
    };
    const action = keys[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  }
}
