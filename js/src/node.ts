/** Entry for Node: the native half where it is installed, else WebAssembly. One instance for ESM and CommonJS. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
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
    const failures: string[] = [];
    const load = createRequire(join(__dirname, "node.cjs"));
    for (const place of [`@wsproof/${process.platform}-${process.arch}`, "./wsproof.node"]) {
      try {
        const native = nativeBackend(load(place));
        use(native);
        useFull(native);
        return;
      } catch (error) {
        failures.push(`${place}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
      }
    }
    if (wanted === "native") throw new Error(`wsproof has no native half here:\n  ${failures.join("\n  ")}`);
  }
  use(wasm(simdSupported() ? "codec.wasm" : "codec-scalar.wasm"), () => wasm("full.wasm"));
}

load();
