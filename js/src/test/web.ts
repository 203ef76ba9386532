/**
 * `wsproof/test` for browsers: cases, scenarios and runs in memory, on WebAssembly from the file beside this one, ready when
 * imported. What needs sockets or files is in Node alone.
 */
import { useEngine } from "./engine.js";
import { wasmEngine } from "./wasm-engine.js";

export { type ChoiceOptions, choose } from "./choose.js";
export type { Case, Outcome, Verdict } from "./engine.js";
export { ConformanceError, RunError, UsageError } from "./errors.js";
export { describeProtocol, type Peer, type ProtocolOptions, runInMemory } from "./protocol.js";
export * from "./scenario.js";

async function load(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  // Not compileStreaming: a server may not know the type application/wasm.
  return WebAssembly.compile(await response.arrayBuffer());
}

// Written out, so that bundlers find the file.
const module = await load(new URL("./engine.wasm", import.meta.url));
useEngine(() => wasmEngine(module));
