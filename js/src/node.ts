/** Entry for Node: the native half where it is installed, else WebAssembly. One instance for ESM and CommonJS. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as codecGlue from "../../bindings-wasm/pkg/codec/codec.js";
import * as fullGlue from "../../bindings-wasm/pkg/full/full.js";
import { loadNative, nativeOr } from "./addons.js";
import { type Backend, use } from "./backend.js";
import { nativeBackend } from "./native.js";
import { simdSupported, WasmBackend } from "./wasm.js";

export * from "./api.js";

/** Loads the handshake and compression. In Node they are there without it. */
export async function loadAll(): Promise<void> {}

const read = (file: string): WebAssembly.Module => new WebAssembly.Module(readFileSync(join(__dirname, file)));
const wasm = (): Backend => new WasmBackend(codecGlue, read(simdSupported() ? "codec.wasm" : "codec-scalar.wasm"));
const native = (): Backend => nativeBackend(loadNative("codec") as Parameters<typeof nativeBackend>[0]);
const codec = nativeOr(native, wasm);
use(codec, () => (codec.name === "native" ? codec : new WasmBackend(fullGlue, read("full.wasm"))));
