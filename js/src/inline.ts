/** Entry with WebAssembly inside: synchronous, no file to fetch. */
import codec from "codec.wasm";
import full from "full.wasm";
import { use } from "./backend.js";
import { WasmBackend } from "./wasm.js";

export * from "./api.js";

/** Loads the handshake and compression. In this entry they are there without it. */
export async function loadAll(): Promise<void> {}

const make = (octets: unknown): WasmBackend =>
  new WasmBackend(new WebAssembly.Module(octets as Uint8Array<ArrayBuffer>));
use(make(codec), () => make(full));
