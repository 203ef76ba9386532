// The panel: the inspector, fed by the page that the developer tools look at.
import { Engine } from "../../inspector/src/engine/engine.js";
import { App } from "../../inspector/src/ui/app.js";
import { h } from "../../inspector/src/ui/dom.js";
import { HarSource } from "./har.js";
import { LiveSource } from "./live.js";
import type { CaptureSource } from "./source.js";

/** Whether this build may capture live: set by inspector/build.mjs. Firefox has no debugger interface for extensions. */
declare const LIVE: boolean;

/** Kept while the developer tools are open, and after. */
const MODE = "wsproof.mode";

/** The page: told by the developer tools; as a page of its own, by its address. */
const inTools = chrome.devtools !== undefined;
const tabId = inTools
  ? chrome.devtools.inspectedWindow.tabId
  : Number(new URLSearchParams(location.search).get("tabId"));
const inFirefox = location.protocol === "moz-extension:";

const NETWORK_LOG = inFirefox
  ? "Firefox tells extensions of a WebSocket's opening handshake, and of no messages; there is no live mode. "
  : "The browser's network log: messages only, close codes unknown. Some versions of Chrome leave WebSockets out of what a panel gets; the archive that the Network panel saves has them.";

const state = h("span", { class: "capture-state", role: "status", "data-testid": "state" });
const record = h("button", { type: "button", "data-testid": "record" });
const clear = h("button", { type: "button", "data-testid": "clear", title: "Forget what was captured" }, "Clear");
const mode = h(
  "select",
  { "aria-label": "How to capture", "data-testid": "mode" },
  LIVE && h("option", { value: "live" }, "Live, with workers"),
  inTools && h("option", { value: "har" }, inFirefox ? "Handshakes (HAR)" : "Without permission (HAR)"),
);
const begin = h("button", { type: "button", class: "primary" }, "Capture this page");
const about = h("div", { class: "live-card" });

async function main(): Promise<void> {
  const wasm = new Uint8Array(await (await fetch("inspect.wasm")).arrayBuffer());
  const app = new App(
    new Engine(() => new Worker("worker.js"), wasm),
    document.body,
    [record, clear, mode, state],
    about,
  );
  const receiver = { app, ended };
  let source: CaptureSource | undefined;

  function show(running: boolean, text: string): void {
    state.textContent = text;
    state.classList.toggle("live", running);
    record.textContent = running ? "Pause" : "Capture";
    record.title = running ? "Stop capturing; what is there stays" : "Capture the traffic of this page";
    mode.disabled = running;
    mode.hidden = mode.options.length < 2;
    const live = mode.value === "live";
    begin.hidden = running;
    about.replaceChildren(
      begin,
      h(
        "p",
        { class: "hint" },
        running
          ? "Waiting for a WebSocket. Of one that was open before the handshake is not seen: reload the page. "
          : "",
        live ? "Chrome shows a bar while this extension debugs the page." : NETWORK_LOG,
        inFirefox
          ? "For messages and frames drop a capture here: pcap of loopback traffic, hex, or a log of Chromium's chrome://net-export."
          : " Neither sees frames: for masks, fragments, pings and compressed sizes drop a log of chrome://net-export here.",
      ),
    );
  }

  function ended(why: string): void {
    source = undefined;
    show(false, `Paused: ${why}`);
  }

  async function start(): Promise<void> {
    source = LIVE && mode.value === "live" ? new LiveSource(tabId, receiver) : new HarSource(receiver);
    localStorage.setItem(MODE, mode.value);
    try {
      await source.start();
      show(true, "Capturing");
    } catch (error) {
      ended((error as Error).message);
    }
  }

  record.addEventListener("click", async () => {
    if (!source) return start();
    const running = source;
    source = undefined;
    await running.stop();
    show(false, "Paused");
  });
  begin.addEventListener("click", () => record.click());
  clear.addEventListener("click", async () => {
    await app.clear();
    source?.clear();
  });
  mode.addEventListener("change", () => show(false, "Paused"));

  const before = localStorage.getItem(MODE);
  if (before && [...mode.options].some((option) => option.value === before)) mode.value = before;
  // Debugging is begun by a click, since Chrome tells the user of it; reading the network log harms nobody.
  if (mode.value === "har") await start();
  else show(false, "Paused");
}

void main();
