import type { Export } from "../engine/model.js";
import { h } from "./dom.js";
import { save } from "./out.js";

/** What is offered: its name, the ending and the type of the file. */
const KINDS: [Export, string, string, string][] = [
  ["har", "HTTP archive (HAR), all connections", "har", "application/json"],
  ["jsonLines", "JSON lines", "jsonl", "application/x-ndjson"],
  ["pcapng", "Packets (pcapng), all connections", "pcapng", "application/octet-stream"],
  ["scenarioClient", "Scenario: tests a server with what the client sent", "scenario.json", "application/json"],
  ["scenarioServer", "Scenario: tests a client with what the server sent", "scenario.json", "application/json"],
];

/** Longest name of a file, without its ending. */
const MAX_NAME = 80;

export interface ExportHandlers {
  /** The octets of the file. */
  make(kind: Export): Promise<Uint8Array<ArrayBuffer>>;
  /** The connection's address. */
  name(): string;
  say(text: string): void;
}

/** The menu that saves what is on the screen. */
export function exportMenu(handlers: ExportHandlers): HTMLSelectElement {
  const menu = h(
    "select",
    { "aria-label": "Export", class: "menu", "data-testid": "export" },
    h("option", { value: "" }, "Export…"),
    ...KINDS.map(([kind, label]) => h("option", { value: kind }, label)),
  );
  menu.addEventListener("change", async () => {
    const chosen = KINDS.find(([kind]) => kind === menu.value);
    menu.value = "";
    if (!chosen) return;
    const [kind, , ending, type] = chosen;
    try {
      const octets = await handlers.make(kind);
      const [name] = handlers
        .name()
        .replace(/^wss?:\/\//, "")
        .split("?");
      save(`${(name || "capture").slice(0, MAX_NAME)}.${ending}`, type, octets);
    } catch (error) {
      handlers.say(`Not exported: ${(error as Error).message}`);
    }
  });
  return menu;
}
