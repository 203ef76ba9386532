/** The commands `wsproof` and `wstest`: the same programs as elsewhere, inside Node. */
import { addon } from "./test/addon.js";

/** Runs the command of this name with the arguments of the process, and ends with its exit status. */
export function run(name: "wsproof" | "wstest"): void {
  try {
    // Nothing of Node runs meanwhile: the command listens for Ctrl-C itself and ends at once.
    process.exitCode = addon().runCommand(name, process.argv.slice(2));
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  }
}
