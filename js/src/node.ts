/** Entry for Node: the native half where it is installed, else WebAssembly. One instance for ESM and CommonJS. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadNative, nativeOr } from "./addons.js";
import { type Backend, use } from "./backend.js";
import { nativeBackend } from "./native.js";
import { simdSupported, WasmBackend } from "./wasm.js";

export * from "./api.js";

/** Loads the handshake and compression. In Node they are there without it. */
export async function loadAll(): Promise<void> {}

function wasm(file: string): WasmBackend {
  return new WasmBackend(new WebAssembly.Module(readFileSync(join(__dirname, file))));
}

const native = (): Backend => nativeBackend(loadNative("codec") as Parameters<typeof nativeBackend>[0]);
const codec = nativeOr(native, () => wasm(simdSupported() ? "codec.wasm" : "codec-scalar.wasm"));
use(codec, () => (codec.name === "native" ? codec : wasm("full.wasm")));
