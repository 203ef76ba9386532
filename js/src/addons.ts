/** Where the native halves are: in the optional package of the platform, or beside this file in a checkout. */
import { createRequire } from "node:module";
import { join } from "node:path";

/** Loads an add-on; throws an error that says where it was looked for. */
export function loadNative(name: "codec" | "run"): unknown {
  const load = createRequire(join(__dirname, "node.cjs"));
  const failures: string[] = [];
  for (const place of [`@wsproof/${process.platform}-${process.arch}/${name}.node`, `./${name}.node`]) {
    try {
      return load(place);
    } catch (error) {
      failures.push(`${place}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }
  const what = name === "run" ? "conformance runs and commands need it" : "it was asked for";
  throw new Error(`wsproof has no native half here, and ${what}. Looked for:\n  ${failures.join("\n  ")}`);
}
