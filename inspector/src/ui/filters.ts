import type { Filter } from "../engine/model.js";
import { h } from "./dom.js";

const KINDS: [string, number[]][] = [
  ["Text", [1]],
  ["Binary", [2]],
  ["Cont.", [0]],
  ["Ping/Pong", [9, 10]],
  ["Close", [8]],
  ["Reserved", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]],
];

const OPCODES = Array.from({ length: 16 }, (_, opcode) => opcode);
const HEARTBEATS = [9, 10];

export interface FilterHandlers {
  /** The filter changed; undefined: everything passes. */
  change(filter: Filter | undefined, hide: boolean): void;
  /** To the next match, or to the one before. */
  step(direction: 1 | -1): void;
}

/** What is shown, and what is searched for. */
export class Filters {
  readonly element: HTMLElement;
  /** Kinds of frames that are asked for; none: all. */
  readonly #kinds = new Set<string>();
  readonly #text: HTMLInputElement;
  readonly #status = h("span", { class: "status", role: "status", "data-testid": "matches" });
  readonly #controls: { sender: HTMLSelectElement; min: HTMLInputElement; max: HTMLInputElement };
  readonly #toggles: {
    regex: HTMLButtonElement;
    hide: HTMLButtonElement;
    violations: HTMLButtonElement;
    heartbeats: HTMLButtonElement;
  };
  #timer = 0;

  constructor(private readonly handlers: FilterHandlers) {
    const changed = () => this.#changed();
    this.#text = h("input", {
      type: "search",
      placeholder: "Find text, /regex/ or 0x octets",
      "aria-label": "Find in payloads",
      "aria-keyshortcuts": "/",
      spellcheck: "false",
      "data-testid": "find",
    });
    this.#text.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(changed, 150);
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter") handlers.step(event.shiftKey ? -1 : 1);
      if (event.key === "Escape" && this.#text.value !== "") {
        this.#text.value = "";
        this.#changed();
        event.stopPropagation();
      }
    });
    const toggle = (label: string, title: string, on = false, set?: (on: boolean) => void) => {
      const button = h("button", { type: "button", class: "toggle", title, "aria-pressed": on }, label);
      button.addEventListener("click", () => {
        const now = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(now));
        set?.(now);
        this.#changed();
      });
      return button;
    };
    this.#toggles = {
      regex: toggle(".*", "A regular expression"),
      hide: toggle("Hide others", "Show matches only; otherwise matches are marked and Enter goes to the next", true),
      violations: toggle("Violations", "Only what breaks a rule"),
      heartbeats: toggle("No heartbeats", "Without pings and pongs"),
    };
    this.#toggles.heartbeats.dataset.testid = "heartbeats";
    this.#toggles.violations.classList.add("danger");
    const kinds = KINDS.map(([name]) =>
      toggle(name, `Only ${name}`, false, (on) => (on ? this.#kinds.add(name) : this.#kinds.delete(name))),
    );
    const bound = (label: string) => {
      const input = h("input", {
        type: "number",
        min: 0,
        placeholder: label,
        "aria-label": `${label} octets`,
        class: "bound",
      });
      input.addEventListener("input", changed);
      return input;
    };
    const sender = h(
      "select",
      { "aria-label": "Direction" },
      h("option", { value: "" }, "Both ends"),
      h("option", { value: "client" }, "Client ↑"),
      h("option", { value: "server" }, "Server ↓"),
    );
    sender.addEventListener("change", changed);
    this.#controls = { sender, min: bound("min"), max: bound("max") };
    this.element = h(
      "div",
      { class: "filters", role: "search" },
      h("span", { class: "find" }, this.#text, this.#toggles.regex, this.#toggles.hide),
      sender,
      this.#toggles.violations,
      h("span", { class: "kinds", role: "group", "aria-label": "Opcodes" }, ...kinds),
      h(
        "span",
        { class: "bounds", role: "group", "aria-label": "Length" },
        this.#controls.min,
        "–",
        this.#controls.max,
        " octets",
      ),
      this.#toggles.heartbeats,
      this.#status,
    );
  }

  focus(): void {
    this.#text.focus();
    this.#text.select();
  }

  /** Says how many match, or what is wrong. */
  say(text: string, wrong = false): void {
    this.#status.textContent = text;
    this.#status.classList.toggle("wrong", wrong);
  }

  /** The filter that is set. */
  get filter(): Filter | undefined {
    const filter: Filter = {};
    let { value: text } = this.#text;
    const slashes = /^\/(.+)\/$/.exec(text);
    const on = (button: HTMLButtonElement) => button.getAttribute("aria-pressed") === "true";
    if (slashes?.[1]) text = slashes[1];
    if (text) filter.text = text;
    if (text && (slashes || on(this.#toggles.regex))) filter.regex = true;
    if (this.#controls.sender.value) filter.sender = this.#controls.sender.value as "client" | "server";
    if (this.#kinds.size > 0) {
      filter.opcodes = KINDS.filter(([name]) => this.#kinds.has(name)).flatMap(([, opcodes]) => opcodes);
    }
    if (on(this.#toggles.heartbeats))
      filter.opcodes = (filter.opcodes ?? OPCODES).filter((opcode) => !HEARTBEATS.includes(opcode));
    const octets = (input: HTMLInputElement) =>
      input.value === "" ? undefined : Math.max(0, Math.floor(input.valueAsNumber));
    const [min, max] = [octets(this.#controls.min), octets(this.#controls.max)];
    if (min !== undefined) filter.minLen = min;
    if (max !== undefined) filter.maxLen = max;
    if (on(this.#toggles.violations)) filter.violations = true;
    return Object.keys(filter).length > 0 ? filter : undefined;
  }

  get hide(): boolean {
    return this.#toggles.hide.getAttribute("aria-pressed") === "true";
  }

  #changed(): void {
    this.handlers.change(this.filter, this.hide);
  }
}
