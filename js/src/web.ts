/** Entry for browsers and their bundlers, Deno, Bun: WebAssembly from the files beside this one, ready when imported. */
import * as codecGlue from "../../bindings-wasm/pkg/codec/codec.js";
import * as fullGlue from "../../bindings-wasm/pkg/full/full.js";
import { use, useFull } from "./backend.js";
import { simdSupported, WasmBackend } from "./wasm.js";

export * from "./api.js";

// Written out, so that bundlers find the files.
const codec = simdSupported()
  ? new URL("./codec.wasm", import.meta.url)
  : new URL("./codec-scalar.wasm", import.meta.url);
const full = new URL("./full.wasm", import.meta.url);

let loading: Promise<void> | undefined;

/**
 * Loads what the handshake's functions and permessage-deflate need: 80 KiB, where the codec has 25. May be called again.
 *
 * ```js
 * await loadAll();
 * const connection = new Connection("client", { deflate: "permessage-deflate" });
 * ```
 */
export function loadAll(): Promise<void> {
  loading ??= load(full).then(
    (module) => useFull(new WasmBackend(fullGlue, module)),
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

async function load(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  // Not compileStreaming: a server may not know the type application/wasm.
  return WebAssembly.compile(await response.arrayBuffer());
}

use(new WasmBackend(codecGlue, await load(codec)));
