/**
 * `wsproof/test`: conformance inside node:test, vitest, jest and mocha. What uses sockets needs the native half; runs in
 * memory also work on WebAssembly.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nativeOr } from "../addons.js";
import { addon } from "./addon.js";
import { useEngine } from "./engine.js";
import { wasmEngine } from "./wasm-engine.js";

export { type ChoiceOptions, choose } from "./choose.js";
export { type ClientOptions, describeClient } from "./client.js";
export type { Case, Finding, Outcome, Verdict } from "./engine.js";
export { ConformanceError, RunError, UsageError } from "./errors.js";
/** @internal */
export { useVitest } from "./framework.js";
export { describeProtocol, type Peer, type ProtocolOptions, runInMemory } from "./protocol.js";
export * from "./scenario.js";
export { describeServer, type HeadersToSend, type ServerOptions, type Started } from "./server.js";

useEngine(() =>
  nativeOr(addon, () => wasmEngine(new WebAssembly.Module(readFileSync(join(__dirname, "engine.wasm"))))),
);
