// The page: one file with everything in it; build.mjs puts the parts in place.
import { Engine } from "./engine/engine.js";
import { App } from "./ui/app.js";

/** What an element of data holds, in base64. */
function data(id: string): Uint8Array<ArrayBuffer> | undefined {
  const text = document.getElementById(id)?.textContent?.trim();
  if (!text) return undefined;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

const wasm = data("engine");
const worker = data("worker");
if (!wasm || !worker) throw new Error("the page is not whole");
const source = new Blob([worker], { type: "text/javascript" });
const makeWorker = () => {
  const url = URL.createObjectURL(source);
  const made = new Worker(url);
  URL.revokeObjectURL(url);
  return made;
};
const app = new App(new Engine(makeWorker, wasm), document.body);
// `wsproof decode --web` puts a capture here.
const capture = document.getElementById("capture");
const octets = data("capture");
if (capture && octets) {
  const { name, format, sender, deflate } = capture.dataset;
  void app.open(octets, name ?? "capture", {
    ...(format ? { format } : {}),
    ...(sender === "client" || sender === "server" ? { sender } : {}),
    ...(deflate !== undefined ? { deflate } : {}),
  });
}
