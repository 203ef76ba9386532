import type { Details, Finding, RowFinding } from "../engine/model.js";
import { count, h, number } from "./dom.js";

const MOST = 500;

/** All broken rules of a connection, with a way to each. */
export function violationsView(details: Details, findings: RowFinding[], select: (row: number) => void): HTMLElement {
  const items: HTMLElement[] = [];
  const item = (finding: Finding, where: HTMLElement | string) =>
    h(
      "li",
      {},
      h("strong", {}, finding.text),
      h("span", { class: "clause" }, finding.clause, finding.close_code ? `, close with ${finding.close_code}` : ""),
      where,
    );
  for (const finding of details.handshake?.violations ?? [])
    items.push(item(finding, h("span", { class: "where" }, "in the handshake")));
  for (const finding of details.told)
    items.push(item(finding, h("span", { class: "where" }, "told by the browser; the octets are not in this source")));
  for (const finding of findings.slice(0, MOST)) {
    const link = h(
      "button",
      { type: "button", class: "link where" },
      `row ${number(finding.row)}${finding.offset === undefined ? "" : `, octet ${number(finding.offset)}`}`,
    );
    link.addEventListener("click", () => select(finding.row));
    items.push(item(finding, link));
  }
  if (items.length === 0) {
    return h("p", { class: "hint pad" }, "No rule was broken in what this source shows.");
  }
  const rest = findings.length - MOST;
  return h(
    "div",
    { class: "pad", "data-testid": "violations" },
    h("ul", { class: "violations all" }, ...items),
    rest > 0
      ? h("p", { class: "hint" }, `And ${count(rest, "other")}: the filter "Violations" shows their rows.`)
      : null,
  );
}
