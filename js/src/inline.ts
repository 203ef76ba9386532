/** Entry with WebAssembly inside: synchronous, no file to fetch. */
import octets from "wsproof.wasm";
import { use } from "./backend.js";
import { WasmBackend } from "./wasm.js";

export * from "./api.js";

use(new WasmBackend(new WebAssembly.Module(octets as Uint8Array<ArrayBuffer>)));
