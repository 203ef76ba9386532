/** Entry for runtimes that import WebAssembly as a module, as workerd does. */

import { use } from "./backend.js";
import { WasmBackend } from "./wasm.js";
import module from "./wsproof.wasm";

export * from "./api.js";

use(new WasmBackend(module as WebAssembly.Module));
