// Parsing masked binary frames beside `ws`, in one process: node bench/js/parse.mjs
// Run it with WSPROOF_BACKEND=wasm for the other half, with WS_NO_BUFFER_UTIL=1 for ws without its add-on (which npm
// installs only on request: npm install --no-save bufferutil). Memory only; the least of many short slices is told.

import { Receiver } from "ws";
import { backend, Decoder, Encoder } from "wsproof";

const SLICE = 2;
const ROUNDS = 40;

/** A read of about 64 KiB full of frames. That unmasking is done again and again changes only what they hold. */
function read(size, single) {
  const frame = Buffer.from(new Encoder("client").encode(2, new Uint8Array(size)));
  const count = single ? 1 : Math.max(1, Math.floor(65_536 / frame.length));
  return { chunk: Buffer.concat(Array(count).fill(frame)), count };
}

let kept;
function candidates({ chunk, count }) {
  const decoder = new Decoder("server");
  const receiver = new Receiver({ isServer: true, maxPayload: 0, allowSynchronousEvents: true });
  receiver.on("message", (message) => {
    kept = message;
  });
  return {
    [`wsproof (${backend()}), views`]: () => {
      const batch = decoder.feed(chunk);
      for (let at = 0; at < batch.length; at++) kept = batch.payload(at);
    },
    ws: () => receiver._write(chunk, "buffer", () => {}),
    count,
  };
}

for (const [name, single] of [
  ["packed", false],
  ["alone", true],
]) {
  for (const size of [16, 125, 1024, 16_384, 1_048_576]) {
    const { count, ...all } = candidates(read(size, single));
    const least = Object.fromEntries(Object.keys(all).map((key) => [key, Number.POSITIVE_INFINITY]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [key, run] of Object.entries(all)) {
        const start = performance.now();
        let runs = 0;
        let now = start;
        do {
          for (let i = 0; i < 8; i++) run();
          runs += 8;
          now = performance.now();
        } while (now - start < SLICE);
        least[key] = Math.min(least[key], ((now - start) * 1e6) / runs / count);
      }
    }
    const [own, ws] = Object.values(least);
    console.log(
      `${name} ${size} B: ${own.toFixed(0)} ns a frame, ws ${ws.toFixed(0)} ns: ws takes ${(ws / own).toFixed(1)} times that`,
    );
  }
}
if (kept === undefined) throw new Error("nothing was decoded");
