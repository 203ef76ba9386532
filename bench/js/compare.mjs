// The WebAssembly cells of two builds: node bench/js/compare.mjs CHECKOUT [ROUNDS] [PATTERN]
//
// CHECKOUT is another checkout with its js/dist built: the build before a change. Each cell is measured ROUNDS times, each time
// in a process of its own for either build, in turn, and the least is told.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const [before, rounds = "8", pattern = ""] = process.argv.slice(2);
if (before === undefined) throw new Error("node bench/js/compare.mjs CHECKOUT [ROUNDS] [PATTERN]");
const { cells } = await import("./run.mjs");
const checkouts = [before, fileURLToPath(new URL("../..", import.meta.url))];
const contender = "wsproof, WebAssembly";

function once(checkout, cell) {
  const args = [join(checkout, "bench", "js", "run.mjs"), "--cell", ...cell.split(" ")];
  const env = { ...process.env, WSPROOF_BENCH_ONLY: contender };
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", env }))[contender];
}

console.log("| cell | before | after | |\n| --- | --: | --: | --: |");
for (const cell of cells.filter((cell) => cell.includes(pattern))) {
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < Number(rounds); round++) {
    for (const at of round % 2 === 0 ? [0, 1] : [1, 0]) least[at] = Math.min(least[at], once(checkouts[at], cell));
  }
  const [old, now] = least.map((ns) => (ns < 100 ? ns.toFixed(1) : Math.round(ns)));
  const change = ((least[1] / least[0] - 1) * 100).toFixed(1);
  console.log(`| ${cell} | ${old} | ${now} | ${change > 0 ? "+" : ""}${change} % |`);
}
console.log("\n| file, gzipped | before | after |\n| --- | --: | --: |");
for (const name of [
  "codec.wasm",
  "codec-scalar.wasm",
  "full.wasm",
  "engine.wasm",
  "web.js",
  "inline.js",
  "test-web.js",
]) {
  const sizes = checkouts.map(
    (checkout) => gzipSync(readFileSync(join(checkout, "js", "dist", name)), { level: 9 }).length,
  );
  console.log(`| ${name} | ${sizes.join(" | ")} |`);
}
