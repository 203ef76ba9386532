import { h, number } from "./dom.js";

/** Characters of text, and octets of a hex dump, that are shown at first. */
const FIRST_TEXT = 64 * 1024;
const FIRST_OCTETS = 8 * 1024;
/** Longer texts are not parsed as JSON. */
const MAX_JSON = 8 << 20;

/** A part, and a button for more of it. */
function withMore(
  total: number,
  first: number,
  unit: string,
  show: (end: number) => (string | Node)[],
  kind?: string,
): HTMLElement {
  const pre = h("pre", { class: kind, tabindex: 0 }, ...show(first));
  if (total <= first) return pre;
  let end = first;
  const label = () => `Show more: ${number(total - end)} ${unit} are left`;
  const more = h("button", { class: "more", type: "button" }, label());
  more.addEventListener("click", () => {
    end = Math.min(total, end * 4);
    pre.replaceChildren(...show(end));
    if (end === total) more.remove();
    else more.textContent = label();
  });
  return h("div", {}, pre, more);
}

export function textView(octets: Uint8Array): HTMLElement {
  const text = new TextDecoder().decode(octets);
  return withMore(text.length, FIRST_TEXT, "characters", (end) => [text.slice(0, end)]);
}

/** `width` in pixels decides whether 16 or 8 octets are in a line; the octets at `faults` are marked. */
export function hexView(octets: Uint8Array, width: number, faults: number[]): HTMLElement {
  const perLine = width < 560 ? 8 : 16;
  const show = (end: number) =>
    marked(
      hexDump(octets.subarray(0, end), perLine),
      perLine,
      faults.filter((at) => at < end),
    );
  return withMore(octets.length, FIRST_OCTETS, "octets", show, "hex");
}

/** A dump with these octets marked. */
function marked(dump: string, perLine: 8 | 16, faults: number[]): (string | Node)[] {
  // An offset, the octets, what of them is ASCII, and the end of the line.
  const lineLen = perLine === 16 ? 10 + 48 + 2 + 16 + 1 : 10 + 23 + 2 + 8 + 1;
  const parts: (string | Node)[] = [];
  let done = 0;
  for (const at of [...new Set(faults)].sort((left, right) => left - right)) {
    const column = at % perLine;
    const place = Math.floor(at / perLine) * lineLen + 10 + 3 * column + (column >= 8 ? 1 : 0);
    parts.push(dump.slice(done, place), h("mark", { title: "This octet breaks a rule" }, dump.slice(place, place + 2)));
    done = place + 2;
  }
  return [...parts, dump.slice(done)];
}

/** Offsets, octets, and what of them is ASCII. */
function hexDump(octets: Uint8Array, perLine: 8 | 16): string {
  const lines: string[] = [];
  for (let at = 0; at < octets.length; at += perLine) {
    const line = octets.subarray(at, at + perLine);
    const hex = Array.from(line, (octet) => octet.toString(16).padStart(2, "0"));
    const left = hex.slice(0, 8).join(" ").padEnd(23);
    const right = perLine === 16 ? `  ${hex.slice(8).join(" ").padEnd(23)}` : "";
    const text = Array.from(line, (octet) => (octet >= 32 && octet < 127 ? String.fromCharCode(octet) : "·")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${left}${right}  ${text}`);
  }
  return lines.join("\n");
}

export function plainHex(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += octet.toString(16).padStart(2, "0");
  return text;
}

/** Octets as JSON, if they are. */
export function parseJson(octets: Uint8Array): { value: unknown } | undefined {
  if (octets.length === 0 || octets.length > MAX_JSON) return undefined;
  // Numbers alone are seldom meant as JSON.
  if (!'{["tfn'.includes(String.fromCharCode(octets.find((octet) => octet > 32) ?? 0))) return undefined;
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(octets)) as unknown };
  } catch {
    return undefined;
  }
}
