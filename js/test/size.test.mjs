// What a page has to fetch stays small.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

for (const name of ["wsproof.wasm", "wsproof-scalar.wasm"]) {
  test(`${name} is at most 80 KiB, gzipped`, () => {
    const octets = gzipSync(readFileSync(new URL(`../dist/${name}`, import.meta.url)), { level: 9 }).length;
    assert.ok(octets <= 80 * 1024, `${octets} octets`);
  });
}
