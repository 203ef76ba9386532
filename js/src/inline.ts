/** Entry with WebAssembly inside: synchronous, no file to fetch. */
import codec from "codec.wasm";
import full from "full.wasm";
import * as codecGlue from "../../bindings-wasm/pkg/codec/codec.js";
import * as fullGlue from "../../bindings-wasm/pkg/full/full.js";
import { use } from "./backend.js";
import { WasmBackend } from "./wasm.js";

export * from "./api.js";

/** Loads the handshake and compression. In this entry they are there without it. */
export async function loadAll(): Promise<void> {}

const compiled = (octets: unknown): WebAssembly.Module => new WebAssembly.Module(octets as Uint8Array<ArrayBuffer>);
use(new WasmBackend(codecGlue, compiled(codec)), () => new WasmBackend(fullGlue, compiled(full)));
