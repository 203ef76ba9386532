// What a page has to fetch stays small.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

for (const [name, kib] of [
  ["codec.wasm", 30],
  ["codec-scalar.wasm", 30],
  ["full.wasm", 86],
  // Only those fetch it who test something in a browser.
  ["engine.wasm", 284],
]) {
  test(`${name} is at most ${kib} KiB, gzipped`, () => {
    const octets = gzipSync(readFileSync(new URL(`../dist/${name}`, import.meta.url)), { level: 9 }).length;
    assert.ok(octets <= kib * 1024, `${octets} octets`);
  });
}
