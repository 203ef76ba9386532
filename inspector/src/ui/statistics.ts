import type { Details, EndStatistics } from "../engine/model.js";
import { opcodeName, type Table } from "../engine/table.js";
import { h, number, size, time } from "./dom.js";

/** What each end sent, and how the connection closed. */
export function statisticsView(details: Details, table: Table, hasFrames: boolean): HTMLElement {
  const [client, server] = details.ends;
  const line = (name: string, of: (end: EndStatistics) => string) =>
    h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, of(client)), h("td", {}, of(server)));
  const unknown = "not in this source";
  const lines = [
    line("Messages", (end) => number(end.messages)),
    line("Octets of messages", (end) => size(end.messageOctets)),
    line("… on the wire", (end) => (hasFrames ? size(end.messageWireOctets) : unknown)),
    line("Compression", (end) =>
      !hasFrames
        ? unknown
        : end.messageWireOctets
          ? `${(end.messageOctets / end.messageWireOctets).toFixed(2)} to 1`
          : "–",
    ),
    line("Frames", (end) => (hasFrames ? number(end.frames) : unknown)),
    line("Octets of headers", (end) => (hasFrames ? size(end.headerOctets) : unknown)),
  ];
  if (hasFrames) {
    for (let opcode = 0; opcode < 16; opcode++) {
      if (client.opcodes[opcode] || server.opcodes[opcode]) {
        lines.push(line(`  ${opcodeName(opcode)}`, (end) => number(end.opcodes[opcode] ?? 0)));
      }
    }
  }
  const head = ["", "Client sent", "Server sent"].map((name) => h("th", { scope: "col" }, name));
  const last = table.length > 0 ? table.row(table.length - 1).time : undefined;
  return h(
    "div",
    { class: "pad", "data-testid": "statistics" },
    h("h2", {}, "How it closed"),
    h("p", {}, closing(details, hasFrames)),
    h("h2", {}, "What was sent"),
    h("table", { class: "numbers" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...lines)),
    last === undefined ? null : h("p", { class: "hint" }, `From the first octet to the last frame: ${time(last)}.`),
  );
}

/** How the connection ended, in a sentence. */
export function closing(details: Details, hasFrames: boolean): string {
  const told = details.toldClose;
  const reason = (text: string | null) => (text ? ` “${text}”` : "");
  if (told) {
    return `The page was told ${told.code}${reason(told.reason)}, ${told.clean ? "cleanly" : "not cleanly"}.`;
  }
  if (!hasFrames) return "This source does not tell close codes.";
  const [first, second] = details.closes;
  if (!first) return "There is no close frame in the capture.";
  const code = (close: typeof first) =>
    close.code === null ? "without a code" : `with ${close.code}${reason(close.reason)}`;
  const answer = details.closes.find((close) => close.sender !== first.sender);
  const end = answer
    ? `; the ${answer.sender} answered ${code(answer)}.`
    : second
      ? "."
      : "; there is no answer in the capture.";
  return `The ${first.sender} closed ${code(first)}${end}`;
}
