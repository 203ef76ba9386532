/** `wsproof/test`: conformance inside node:test, vitest, jest and mocha. It needs the native half. */
export type { Case, Outcome, Verdict } from "./addon.js";
export { type ChoiceOptions, choose } from "./choose.js";
export { type ClientOptions, describeClient } from "./client.js";
export { ConformanceError, RunError, UsageError } from "./errors.js";
/** @internal */
export { useVitest } from "./framework.js";
export { describeProtocol, type Peer, type ProtocolOptions, runInMemory } from "./protocol.js";
export { type Data, type FrameOptions, Scenario, type ScenarioOptions } from "./scenario.js";
export { describeServer, type ServerOptions, type Started } from "./server.js";
