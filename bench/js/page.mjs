// What runs in Chromium: the WebAssembly half beside the plain JavaScript parser, the one contender that runs there too.
import { Decoder, Encoder } from "wsproof";
import { measure } from "./measure.mjs";
import { encodeMasked, PlainParser } from "./plain.mjs";

const KEY = Uint8Array.of(0x11, 0x22, 0x33, 0x44);
let kept;
const keep = (value) => {
  kept = value;
};

const contenders = {
  parse(kind, size, packed) {
    const one = encodeMasked(kind === "text" ? 1 : 2, new Uint8Array(size).fill(97), KEY);
    const count = packed ? Math.max(1, Math.floor(65_536 / one.length)) : 1;
    const chunk = new Uint8Array(count * one.length);
    for (let at = 0; at < count; at++) chunk.set(one, at * one.length);
    const decoder = new Decoder("server");
    const plain = new PlainParser(true, keep);
    return [
      count,
      {
        "wsproof, WebAssembly": () => {
          const batch = decoder.feed(chunk);
          if (batch.violation) throw batch.violation;
          for (let at = 0; at < batch.length; at++) kept = batch.payload(at);
        },
        "plain JavaScript, batch": () => plain.feed(chunk),
      },
    ];
  },
  encode(_kind, size) {
    const payload = new Uint8Array(size).fill(97);
    const encoder = new Encoder("client");
    return [
      1,
      {
        "wsproof, WebAssembly": () => keep(encoder.encode(2, payload)),
        "plain JavaScript": () => keep(encodeMasked(2, payload, KEY)),
      },
    ];
  },
};

globalThis.run = (operation, kind, size, packed) => {
  const least = measure(...contenders[operation](kind, size, packed));
  if (kept === undefined) throw new Error("nothing was done");
  return least;
};
