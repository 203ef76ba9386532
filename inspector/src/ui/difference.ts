import type { Difference } from "../engine/model.js";
import { h, number } from "./dom.js";

/** Of what both have so many characters stay beside what differs. */
const CONTEXT = 160;
/** Characters of a piece that is in one message only. */
const MOST = 20_000;

/** How the message of a row (`before`) differs from that of another (`after`). */
export function differenceView(difference: Difference, before: number, after: number): HTMLElement {
  return h(
    "section",
    { "aria-label": `Difference of row ${before} and row ${after}`, "data-testid": "difference" },
    difference.note && h("p", { class: "warning", role: "note" }, `${upper(difference.note)}.`),
    difference.kind === "json" ? changes(difference, before, after) : parts(difference, before, after),
  );
}

function same(): HTMLElement {
  return h("p", { class: "hint" }, "They say the same.");
}

function changes({ changes }: Difference, before: number, after: number): HTMLElement {
  if (changes.length === 0) return same();
  const value = (tag: "del" | "ins", text: string | null) =>
    h("td", {}, text === null ? h("span", { class: "dim" }, "nothing") : h(tag, {}, text));
  return h(
    "table",
    { class: "changes" },
    h(
      "thead",
      {},
      h("tr", {}, ...["Path", `Row ${before}`, `Row ${after}`].map((name) => h("th", { scope: "col" }, name))),
    ),
    h(
      "tbody",
      {},
      ...changes.map((change) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, change.path || "(all of it)"),
          value("del", change.before),
          value("ins", change.after),
        ),
      ),
    ),
  );
}

function parts(difference: Difference, before: number, after: number): HTMLElement {
  if (difference.parts.every(({ side }) => side === "both")) return same();
  const octets = difference.kind === "octets";
  const last = difference.parts.length - 1;
  const pieces = difference.parts.map(({ side, text }, at) => {
    if (side === "both") return shortened(text, octets, at === 0, at === last);
    const shown = text.length > MOST ? `${text.slice(0, MOST)} …` : text;
    return h(side === "before" ? "del" : "ins", {}, octets ? pairs(shown) : shown);
  });
  return h(
    "div",
    {},
    h("p", { class: "hint" }, h("del", {}, `row ${before} only`), " ", h("ins", {}, `row ${after} only`)),
    h("pre", { tabindex: 0, class: "difference" }, ...pieces.flatMap((piece) => (octets ? [piece, " "] : [piece]))),
  );
}

/** What both have: its middle is seldom looked for. */
function shortened(text: string, octets: boolean, first: boolean, last: boolean): string {
  const [head, tail] = [first ? 0 : CONTEXT, last ? 0 : CONTEXT];
  const show = (part: string) => (octets ? pairs(part) : part);
  if (text.length <= head + tail + CONTEXT) return show(text);
  const left = text.length - head - tail;
  const what = octets ? `${number(left / 2)} octets` : `${number(left)} characters`;
  return `${show(text.slice(0, head))} ⋯ ${what} in both ⋯ ${show(text.slice(text.length - tail))}`;
}

function pairs(hex: string): string {
  return hex.replace(/(..)(?=.)/g, "$1 ");
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
