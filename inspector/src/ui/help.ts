import { h } from "./dom.js";

const KEYS: [string, string][] = [
  ["↑ ↓ PgUp PgDn Home End", "move in the list"],
  ["/", "find"],
  ["Enter, Shift+Enter", "in the search field: next match, previous match"],
  ["n, N", "next match, previous match"],
  ["v, V", "next violation, previous violation"],
  ["c", "mark the chosen row; in another row: show how they differ"],
  ["[ ]", "previous connection, next connection"],
  ["1 2 3 4", "frames, handshake, violations, statistics"],
  ["o", "open a capture"],
  ["Ctrl+V", "paste hex, a dump, a list, base64, a literal or a file"],
  ["Esc", "back to the list"],
  ["?", "these keys"],
];

/** A dialog with the keys. */
export function keyboardHelp(): HTMLDialogElement {
  const close = h("button", { type: "submit" }, "Close");
  return h(
    "dialog",
    { "aria-label": "Keys" },
    h("h2", {}, "Keys"),
    h("dl", { class: "keys" }, ...KEYS.flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])),
    h("form", { method: "dialog" }, close),
  );
}
