/** Entry for runtimes that import WebAssembly as a module, as workerd does. */
import * as codecGlue from "../../bindings-wasm/pkg/codec/codec.js";
import * as fullGlue from "../../bindings-wasm/pkg/full/full.js";
import { use } from "./backend.js";
import codec from "./codec.wasm";
import full from "./full.wasm";
import { WasmBackend } from "./wasm.js";

export * from "./api.js";

/** Loads the handshake and compression. In this entry they are there without it. */
export async function loadAll(): Promise<void> {}

use(
  new WasmBackend(codecGlue, codec as WebAssembly.Module),
  () => new WasmBackend(fullGlue, full as WebAssembly.Module),
);
