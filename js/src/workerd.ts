/** Entry for runtimes that import WebAssembly as a module, as workerd does. */
import { use } from "./backend.js";
import codec from "./codec.wasm";
import full from "./full.wasm";
import { WasmBackend } from "./wasm.js";

export * from "./api.js";

/** Loads the handshake and compression. In this entry they are there without it. */
export async function loadAll(): Promise<void> {}

const make = (module: unknown): WasmBackend => new WasmBackend(module as WebAssembly.Module);
use(make(codec), () => make(full));
