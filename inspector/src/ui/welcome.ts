import type { Choice, Sender } from "../engine/model.js";
import { h } from "./dom.js";

interface WelcomeHandlers {
  open(): void;
  paste(text: string, choice: Choice): void;
}

/** What each source tells: frames, control frames, masks, compressed sizes, close, times. */
const SOURCES: [string, string, boolean[]][] = [
  ["net-export log", "chrome://net-export, with “Include raw bytes”", [true, true, true, true, true]],
  ["pcap, pcapng", "tcpdump, Wireshark; ws:// only, TLS hides all", [true, true, true, true, true]],
  ["case report", "JSON of a case, by wsproof or Autobahn; long payloads are cut", [true, true, false, true, false]],
  [
    "hex, dumps, lists, base64, literals, raw",
    "octets as programs print them, also in lines of a log",
    [true, true, true, true, false],
  ],
  ["HAR", "export of a browser's network panel", [false, false, false, false, true]],
  ["DevTools events", "domain Network of the DevTools protocol", [false, false, false, false, true]],
];

const COLUMNS = [
  "Messages",
  "Frames, FIN, RSV, masks",
  "Ping, pong, close",
  "Compressed sizes",
  "Violations in frames",
  "Times",
];

/** What is shown when there is no capture. */
export function welcome(handlers: WelcomeHandlers): HTMLElement {
  const text = h("textarea", {
    rows: 4,
    spellcheck: "false",
    "aria-label": "Octets: hex, a dump, a list, base64 or a literal",
    placeholder: "81 85 37 fa 21 3d 7f 9f 4d 51 58",
    "data-testid": "paste",
  });
  const sender = h(
    "select",
    { "aria-label": "Sent by" },
    h("option", { value: "" }, "found out by the mask"),
    h("option", { value: "client" }, "client"),
    h("option", { value: "server" }, "server"),
  );
  const deflate = h("input", { type: "checkbox" });
  const show = h("button", { type: "submit", class: "primary" }, "Show");
  const form = h(
    "form",
    { class: "paste" },
    h("label", {}, h("span", {}, "Or paste hex, a dump, a list of numbers, base64 or a string literal"), text),
    h(
      "div",
      { class: "bar" },
      h("label", {}, "Sent by ", sender),
      h("label", { title: "What no handshake tells: permessage-deflate was agreed on" }, deflate, " compressed"),
      h("span", { class: "spring" }),
      show,
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (text.value.trim() === "") return text.focus();
    const choice: Choice = {};
    if (sender.value) choice.sender = sender.value as Sender;
    if (deflate.checked) choice.deflate = "";
    handlers.paste(text.value, choice);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  const open = h("button", { type: "button", class: "primary" }, "Open a capture");
  open.addEventListener("click", handlers.open);
  const sign = (yes: boolean) =>
    h(
      "td",
      { class: yes ? "good" : "dim" },
      h("span", { role: "img", "aria-label": yes ? "yes" : "no" }, yes ? "✓" : "–"),
    );
  return h(
    "div",
    { class: "welcome" },
    h("h1", {}, "See what really went over a WebSocket"),
    h(
      "p",
      {},
      "Every frame with its header, messages joined and inflated, and each broken rule with its clause. Nothing leaves this page.",
    ),
    h("div", { class: "drop" }, h("p", {}, "Drop a file here"), open),
    form,
    h("h2", {}, "What a source tells"),
    h(
      "div",
      { class: "sources" },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, h("th", { scope: "col" }, "Source"), ...COLUMNS.map((name) => h("th", { scope: "col" }, name))),
        ),
        h(
          "tbody",
          {},
          ...SOURCES.map(([name, about, tells]) => {
            const [frames, control, sizes, violations, times] = tells;
            return h(
              "tr",
              {},
              h("th", { scope: "row" }, name, h("span", { class: "dim" }, about)),
              ...[true, frames, control, sizes, violations, times].map((yes) => sign(yes === true)),
            );
          }),
        ),
      ),
    ),
  );
}
