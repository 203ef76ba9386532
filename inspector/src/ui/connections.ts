import type { ConnectionSummary, Summary } from "../engine/model.js";
import { count, h, number } from "./dom.js";

/** So many are listed; the keys `[` and `]` reach the others. */
const MOST = 1000;

/** The connections of a capture, to choose from. */
export class Connections {
  readonly element = h("nav", { class: "connections", "aria-label": "Connections", "data-testid": "connections" });
  #drawn = "";

  constructor(private readonly choose: (index: number) => void) {}

  show(summary: Summary, chosen: number): void {
    // A live capture grows ten times a second, mostly in one connection; what is focused shall stay.
    const state = JSON.stringify([summary.connections.slice(0, MOST), summary.connections.length, chosen]);
    if (state === this.#drawn) return;
    this.#drawn = state;
    const items = summary.connections
      .slice(0, MOST)
      .map((connection, index) => h("li", {}, this.#button(connection, summary.frames, index, index === chosen)));
    const rest = summary.connections.length - MOST;
    if (rest > 0) items.push(h("li", { class: "hint" }, `and ${count(rest, "other")}`));
    const focused = this.element.contains(document.activeElement);
    this.element.replaceChildren(h("ul", {}, ...items));
    if (focused) this.element.querySelector<HTMLElement>("[aria-current=true]")?.focus();
  }

  #button(connection: ConnectionSummary, frames: boolean, index: number, chosen: boolean): HTMLElement {
    const name = connection.name || (frames ? "Octets without a handshake" : "Opened before capturing began");
    // What tells connections apart comes first: the path, then where it is.
    const [, host, path] = /^(wss?:\/\/[^/]*)(\/.*)$/.exec(name) ?? [];
    const { violations } = connection;
    const button = h(
      "button",
      { type: "button", "aria-current": chosen, title: name },
      h("span", { class: "name" }, path ?? name),
      host ? h("span", { class: "host" }, host) : null,
      h(
        "span",
        { class: "about" },
        connection.upgraded ? count(connection.rows, frames ? "frame" : "message") : "refused",
        violations > 0 && h("span", { class: "badge", title: count(violations, "violation") }, number(violations)),
      ),
    );
    button.addEventListener("click", () => this.choose(index));
    return button;
  }
}
