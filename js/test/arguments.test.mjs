// Wrong arguments: refused by every public function, with the same error on each half.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as wsproof from "wsproof";

const file = fileURLToPath(new URL("arguments.mjs", import.meta.url));
const saidBy = (half) =>
  JSON.parse(execFileSync(process.execPath, [file], { env: { ...process.env, WSPROOF_BACKEND: half } }));

test("wrong arguments are type or range errors, the same on both halves", () => {
  const [native, wasm] = ["native", "wasm"].map(saidBy);
  assert.ok(Object.keys(native).length > 1000);
  for (const [call, what] of Object.entries(native)) assert.match(what, /^(TypeError|RangeError): ./, call);
  assert.deepEqual(wasm, native);
});

test("every public function is among those that are tried", async () => {
  const log = console.log;
  console.log = () => {};
  const { CALLS, WITHOUT } = await import("./arguments.mjs");
  console.log = log;
  const tried = Object.keys(CALLS).map((name) => name.replace(/^new /, "").replace(/[ (].*/, ""));
  const known = new Set([...tried, ...WITHOUT]);
  for (const [name, value] of Object.entries(wsproof)) {
    if (typeof value !== "function") continue;
    const classLike = /^[A-Z]/.test(name);
    if (name !== "Batch") assert.ok(known.has(name), name);
    if (!classLike) continue;
    for (const [method, { value: body }] of Object.entries(Object.getOwnPropertyDescriptors(value.prototype))) {
      if (method === "constructor" || typeof body !== "function") continue;
      assert.ok(known.has(`${name}.${method}`), `${name}.${method}`);
    }
  }
});

test("what was sent as something else, or not at all", () => {
  const connection = new wsproof.Connection("client");
  for (const [call, message] of [
    [() => connection.sendBinary("abc"), /^payload is a Uint8Array, not "abc"$/],
    [() => connection.sendText(Uint8Array.of(97)), /^text is a string, not a view of another type$/],
    [() => connection.close("1000"), /^code is a whole number from 0 to 65535, not "1000"$/],
    [
      () => new wsproof.Decoder("client", { maxmessage: 5 }),
      /^options has no "maxmessage": there are maxFrame, maxMessage/,
    ],
    [
      () => wsproof.Encoder.prototype.encode.call(new wsproof.Encoder("server"), "text", "a"),
      /^opcode is a whole number/,
    ],
  ]) {
    assert.throws(call, { name: "TypeError", message });
  }
  assert.equal(connection.transmit().length, 0);
});
