// What npm's scripts call: `cargo xtask` with these arguments, or one sentence where there is no cargo.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const { error, status } = spawnSync("cargo", ["xtask", ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  // What it prints is for people, while `npm pack --json` prints for programs.
  stdio: ["ignore", process.stderr, process.stderr],
});
if (error !== undefined) {
  const why = error.code === "ENOENT" ? "there is no cargo here" : error.message;
  console.error(`wsproof is built by Rust, and ${why}: https://rustup.rs tells how to install it`);
}
process.exitCode = status ?? 1;
