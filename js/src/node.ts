/** Entry for Node: the native half where it is installed, else WebAssembly. One instance for ESM and CommonJS. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { use } from "./backend.js";
import { nativeBackend } from "./native.js";
import { simdSupported, WasmBackend } from "./wasm.js";

export * from "./api.js";

function load(): ReturnType<typeof nativeBackend> {
  const wanted = process.env.WSPROOF_BACKEND;
  if (wanted !== undefined && wanted !== "" && wanted !== "native" && wanted !== "wasm") {
    throw new Error(`WSPROOF_BACKEND is "native" or "wasm", not "${wanted}"`);
  }
  if (wanted !== "wasm") {
    const failures: string[] = [];
    const load = createRequire(join(__dirname, "node.cjs"));
    for (const place of [`@wsproof/${process.platform}-${process.arch}`, "./wsproof.node"]) {
      try {
        return nativeBackend(load(place));
      } catch (error) {
        failures.push(`${place}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
      }
    }
    if (wanted === "native") throw new Error(`wsproof has no native half here:\n  ${failures.join("\n  ")}`);
  }
  const file = simdSupported() ? "wsproof.wasm" : "wsproof-scalar.wasm";
  return new WasmBackend(new WebAssembly.Module(readFileSync(join(__dirname, file))));
}

use(load());
