import type { Check, Details, Head, Sender } from "../engine/model.js";
import { h } from "./dom.js";

/** The opening handshake, each header field with its judgement. */
export function handshakeView(details: Details): HTMLElement {
  const { handshake } = details;
  if (!handshake) {
    return h("p", { class: "hint pad" }, details.notes[0] ?? "The capture has no handshake: octets of one end alone.");
  }
  const agreed = h("dl", { class: "facts wide" });
  const fact = (name: string, value: string) => agreed.append(h("dt", {}, name), h("dd", {}, value));
  fact("Subprotocol", handshake.protocol ?? "none");
  fact("Compression", handshake.deflate ?? "none");
  return h(
    "div",
    { class: "handshake pad", "data-testid": "handshake" },
    h("h2", {}, "Agreed on"),
    agreed,
    half("Request", "client", handshake.request, handshake.checks),
    half("Response", "server", handshake.response, handshake.checks),
  );
}

function half(title: string, sender: Sender, head: Head | null, checks: Check[]): HTMLElement {
  if (!head) return h("section", {}, h("h2", {}, title), h("p", { class: "hint" }, "Not in the capture."));
  const mine = checks.filter((check) => check.sender === sender);
  // The first judgement without a field is that of the first line, the others tell of missing fields.
  const [line, ...missing] = mine.filter((check) => check.header === null);
  const rows = head.headers.map(([name, value], index) =>
    row(
      name,
      value,
      mine.find((check) => check.header === index),
    ),
  );
  return h(
    "section",
    {},
    h("h2", {}, title),
    h(
      "table",
      { class: "headers" },
      h("thead", {}, h("tr", {}, ...["Field", "Value", "Judgement"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, row("", head.line, line), ...rows, ...missing.map((check) => row("", "", check))),
    ),
  );
}

function row(name: string, value: string, check: Check | undefined): HTMLElement {
  const judged = check
    ? h(
        "td",
        { class: check.ok ? "good" : "bad" },
        h(
          "div",
          { class: "judged" },
          h("span", { class: "sign", role: "img", "aria-label": check.ok ? "right" : "wrong" }, check.ok ? "✓" : "✗"),
          h("span", {}, check.text, h("span", { class: "clause" }, check.clause)),
        ),
      )
    : h("td", { class: "dim" }, "no rule of RFC 6455");
  const first = name === "" ? h("td", { class: "first", colspan: 2 }, value) : h("th", { scope: "row" }, name);
  return h("tr", {}, first, name === "" ? null : h("td", { class: "value" }, value), judged);
}
