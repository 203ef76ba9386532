/** Where the native halves are: in the optional package of the platform, or beside this file in a checkout. */
import { createRequire } from "node:module";
import { join } from "node:path";

/** What is native, or what is not; the variable WSPROOF_BACKEND forces one, else it is the first that is there. */
export function nativeOr<T>(native: () => T, other: () => T): T {
  const wanted = process.env.WSPROOF_BACKEND;
  if (wanted !== undefined && wanted !== "" && wanted !== "native" && wanted !== "wasm") {
    throw new Error(`WSPROOF_BACKEND is "native" or "wasm", not "${wanted}"`);
  }
  if (wanted === "wasm") return other();
  try {
    return native();
  } catch (error) {
    if (wanted === "native") throw error;
    return other();
  }
}

/** musl comes first: what is built for it cannot be loaded beside glibc, the other way round that is not certain. */
const LIBC = process.platform === "linux" ? ["-musl", "-gnu"] : [""];

/** Loads an add-on; throws an error that says where it was looked for. */
export function loadNative(name: "codec" | "run"): unknown {
  const load = createRequire(join(__dirname, "node.cjs"));
  const platforms = LIBC.map((libc) => `@wsproof/${process.platform}-${process.arch}${libc}/${name}.node`);
  const failures: string[] = [];
  for (const place of [...platforms, `./${name}.node`]) {
    try {
      return load(place);
    } catch (error) {
      failures.push(`${place}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }
  const what = name === "run" ? "conformance runs over sockets and commands need it" : "it was asked for";
  throw new Error(`wsproof has no native half here, and ${what}. Looked for:\n  ${failures.join("\n  ")}`);
}
