import type { Decoded, TreeNode } from "../engine/model.js";
import { h, number } from "./dom.js";

/** Entries of a container that are shown at first. */
const FIRST_ENTRIES = 200;

/** A value; of a container what it holds in short. */
interface Item {
  key?: string | undefined;
  kind: string;
  text: string;
  children?: Item[] | undefined;
}

/** JSON as a tree. */
export function jsonTree(value: unknown): HTMLElement {
  return tree("JSON", [jsonItem(undefined, value)]);
}

/** What a binary payload was read as, and why not to its end. */
export function decodedTree(decoded: Decoded, name: string): HTMLElement {
  return h(
    "div",
    {},
    decoded.fault && h("p", { class: "warning", role: "note" }, `Not ${name} to its end: ${decoded.fault}.`),
    decoded.items.length > 0 && tree(name, decoded.items.map(decodedItem)),
  );
}

function jsonItem(key: string | undefined, value: unknown): Item {
  if (typeof value !== "object" || value === null) {
    return { key, kind: value === null ? "null" : typeof value, text: JSON.stringify(value) };
  }
  const entries = Object.entries(value);
  return {
    key,
    kind: "container",
    text: Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`,
    // Made when they are looked at.
    get children() {
      return entries.map(([name, child]) => jsonItem(name, child));
    },
  };
}

function decodedItem(node: TreeNode): Item {
  return {
    key: node.key,
    kind: node.kind,
    text: node.kind === "string" ? JSON.stringify(node.text) : node.text,
    children: node.children?.map(decodedItem),
  };
}

/** A tree that makes its branches when they are opened. */
function tree(name: string, items: Item[]): HTMLElement {
  const root = h("div", { class: "json", role: "tree", "aria-label": name });
  fill(root, items, items.length === 1);
  return root;
}

/** Puts the first items into an element, and a button for more. */
function fill(into: HTMLElement, items: Item[], open: boolean, from = 0, end = FIRST_ENTRIES): void {
  into.append(...items.slice(from, end).map((item) => branch(item, open)));
  if (end >= items.length) return;
  const label = `Show more: ${number(items.length - end)} are left`;
  const more = h("button", { class: "more", type: "button" }, label);
  more.addEventListener("click", () => {
    more.remove();
    fill(into, items, open, end, end + 5 * FIRST_ENTRIES);
  });
  into.append(more);
}

function branch(item: Item, open: boolean): HTMLElement {
  const name = item.key === undefined ? null : h("span", { class: "key" }, `${item.key}: `);
  // Asked for only where it is a container: its children may be made by the question.
  if (!("children" in item) || (item.kind !== "container" && !item.children)) {
    return h("div", { class: "leaf", role: "treeitem" }, name, h("span", { class: `v-${item.kind}` }, item.text));
  }
  const inside = h("div", { class: "branch", role: "group" });
  const details = h(
    "details",
    { role: "treeitem" },
    h("summary", {}, name, h("span", { class: "count" }, item.text)),
    inside,
  );
  let made = false;
  const make = () => {
    if (!made) fill(inside, item.children ?? [], false);
    made = true;
  };
  details.addEventListener("toggle", () => {
    if (details.open) make();
  });
  if (open) {
    make();
    details.open = true;
  }
  return details;
}
