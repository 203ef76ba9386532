import { opcodeName, type Row } from "../engine/table.js";
import { h } from "./dom.js";

interface Field {
  name: string;
  from: number;
  bits: string;
  about: string;
}

/** The fields of a header, each with the bits that were on the wire. */
function fields(octets: Uint8Array, row: Row): Field[] {
  const all = Array.from(octets, (octet) => octet.toString(2).padStart(8, "0")).join("");
  const list: Field[] = [];
  let at = 0;
  const push = (name: string, len: number, about: string) => {
    list.push({ name, from: at, bits: all.slice(at, at + len), about });
    at += len;
  };
  push("FIN", 1, row.fin ? "the last frame of its message" : "more frames of this message follow");
  for (const [index, bit] of [4, 2, 1].entries()) {
    const set = (row.rsv & bit) !== 0;
    push(`RSV${index + 1}`, 1, set ? (index === 0 && row.compressed ? "compressed (RFC 7692 §6)" : "set") : "not set");
  }
  push("opcode", 4, opcodeName(row.opcode));
  push("MASK", 1, row.mask === undefined ? "not masked: as a server sends" : "masked: as a client sends");
  const short = (octets[1] ?? 0) & 0x7f;
  const extended = row.headerLen - 2 - (row.mask === undefined ? 0 : 4);
  let about = `${short} octets`;
  if (short >= 126) {
    about = `${short}: the length is in the next ${short === 126 ? 2 : 8} octets`;
    if (extended === 0) about += ", which are not there";
  }
  push("Payload len", 7, about);
  if (extended > 0) push("Extended payload length", short === 126 ? 16 : 64, `${row.len} octets`);
  if (row.mask !== undefined) push("Masking-key", 32, `0x${(row.mask >>> 0).toString(16).padStart(8, "0")}`);
  return list;
}

/** The header as RFC 6455 §5.2 draws it: 32 bits a line. */
export function headerBits(octets: Uint8Array, row: Row): HTMLElement {
  const numbers = h("tr", {}, ...Array.from({ length: 32 }, (_, bit) => h("th", { scope: "col" }, String(bit % 10))));
  const body = h("tbody");
  let line = h("tr");
  let used = 0;
  const end = () => {
    if (used > 0) body.append(line);
    line = h("tr");
    used = 0;
  };
  for (const field of fields(octets, row)) {
    let bits = field.bits;
    let name = field.name;
    while (bits.length > 0) {
      const part = bits.slice(0, 32 - used);
      const shown = part.length >= 16 ? (part.match(/.{1,8}/g) ?? []).join(" ") : part;
      line.append(
        h(
          "td",
          {
            colspan: part.length,
            title: `${field.name}: ${field.about}`,
            class: part.length === 1 ? "one" : undefined,
          },
          h("span", { class: "name" }, name),
          h("span", { class: "bits" }, shown),
        ),
      );
      used += part.length;
      bits = bits.slice(part.length);
      name = `${field.name} (continued)`;
      if (used === 32) end();
    }
  }
  if (used > 0 && used < 32)
    line.append(h("td", { colspan: 32 - used, class: "rest" }, h("span", { class: "name" }, "payload …")));
  end();
  const table = h(
    "table",
    { class: "bits-table" },
    h("caption", {}, "Frame header, RFC 6455 §5.2"),
    h("thead", {}, numbers),
    body,
  );
  return h("div", { class: "bits-scroll", tabindex: 0, role: "region", "aria-label": "Frame header bits" }, table);
}
