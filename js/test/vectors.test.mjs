// The shared vectors, on the half that WSPROOF_BACKEND names.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as wsproof from "wsproof";
import { check } from "./vectors.mjs";

test("events, violations and texts are those of Rust", () => {
  const vectors = JSON.parse(readFileSync(new URL("../../tests/vectors/codec.json", import.meta.url), "utf8"));
  const { checks, differences } = check(wsproof, vectors);
  assert.ok(checks > 400, `${checks} checks`);
  assert.deepEqual(differences, []);
});
