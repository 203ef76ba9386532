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
/** The most that a case in the address may inflate to. */
const MAX_CASE = 64 << 20;

/** A case that a report put into the address: its name, and its file as raw DEFLATE in base64url. */
async function caseInAddress(): Promise<[string, Uint8Array<ArrayBuffer>] | undefined> {
  const [, name, text] = /^#case=([\w.-]+),([\w-]+)$/.exec(location.hash) ?? [];
  if (!name || !text) return undefined;
  const stream = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  const reader = new Blob([stream]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let len = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    len += value.length;
    if (len > MAX_CASE) throw new Error("it is too long");
    pieces.push(value as Uint8Array<ArrayBuffer>);
  }
  return [name, new Uint8Array(await new Blob(pieces).arrayBuffer())];
}

const app = new App(new Engine(makeWorker, wasm), document.body);
// `wsproof decode --web` puts a capture here.
const capture = document.getElementById("capture");
const octets = data("capture");
if (capture && octets) {
  const { name, format, sender, deflate, port, force } = capture.dataset;
  void app.open(octets, name ?? "capture", {
    ...(format ? { format } : {}),
    ...(sender === "client" || sender === "server" ? { sender } : {}),
    ...(deflate !== undefined ? { deflate } : {}),
    ...(port ? { port: Number(port) } : {}),
    ...(force ? { force: true } : {}),
  });
}

/** Opens what the address has, also when it changes. */
async function openAddress(): Promise<void> {
  try {
    const found = await caseInAddress();
    if (found) await app.open(found[1], found[0], { format: "report" });
  } catch (error) {
    app.say(`The case in the address cannot be read: ${(error as Error).message}`);
  }
}
void openAddress();
window.addEventListener("hashchange", () => void openAddress());
