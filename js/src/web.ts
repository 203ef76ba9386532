/** Entry for browsers and their bundlers, Deno, Bun: WebAssembly from the file beside this one, ready when imported. */
import { use } from "./backend.js";
import { simdSupported, WasmBackend } from "./wasm.js";

export * from "./api.js";

const url = simdSupported()
  ? new URL("./wsproof.wasm", import.meta.url)
  : new URL("./wsproof-scalar.wasm", import.meta.url);

async function load(): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  // Not compileStreaming: a server may not know the type application/wasm.
  return WebAssembly.compile(await response.arrayBuffer());
}

use(new WasmBackend(await load()));
