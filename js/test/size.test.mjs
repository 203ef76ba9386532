// What a page has to fetch stays small: each module, and the JavaScript that wasm-bindgen makes for it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { transformSync } from "esbuild";

const read = (path) => readFileSync(new URL(path, import.meta.url));
const gzipped = (octets) => gzipSync(octets, { level: 9 }).length;

for (const [name, glue, kib] of [
  ["codec", "codec", 30],
  // Of these two each browser fetches one: nearly all have SIMD, and fetch the one above.
  ["codec-scalar", "codec", 31],
  ["full", "full", 82],
  // Only those fetch it who test something in a browser.
  ["engine", "engine", 305],
]) {
  test(`${name}.wasm is at most ${kib} KiB with its JavaScript, gzipped`, () => {
    // As in the files of the package: without comments, and with all its spaces.
    const { code } = transformSync(read(`../../bindings-wasm/pkg/${glue}/${glue}.js`).toString());
    const octets = [gzipped(read(`../dist/${name}.wasm`)), gzipped(code)];
    assert.ok(octets[0] + octets[1] <= kib * 1024, `${octets.join(" + ")} octets`);
  });
}
