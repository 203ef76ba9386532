/** Entry for Node: the native half where it is installed, else WebAssembly. One instance for ESM and CommonJS. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadNative } from "./addons.js";
import { use, useFull } from "./backend.js";
import { nativeBackend } from "./native.js";
import { simdSupported, WasmBackend } from "./wasm.js";

export * from "./api.js";

/** Loads the handshake and compression. In Node they are there without it. */
export async function loadAll(): Promise<void> {}

function wasm(file: string): WasmBackend {
  return new WasmBackend(new WebAssembly.Module(readFileSync(join(__dirname, file))));
}

function load(): void {
  const wanted = process.env.WSPROOF_BACKEND;
  if (wanted !== undefined && wanted !== "" && wanted !== "native" && wanted !== "wasm") {
    throw new Error(`WSPROOF_BACKEND is "native" or "wasm", not "${wanted}"`);
  }
  if (wanted !== "wasm") {
    try {
      const native = nativeBackend(loadNative("codec") as Parameters<typeof nativeBackend>[0]);
      use(native);
      useFull(native);
      return;
    } catch (error) {
      if (wanted === "native") throw error;
    }
  }
  use(wasm(simdSupported() ? "codec.wasm" : "codec-scalar.wasm"), () => wasm("full.wasm"));
}

load();
