// Runs in memory say the same on either half: verdicts, wire logs and texts.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("memory.mjs", import.meta.url));

/** The lines that the script prints, on this half. */
async function outcomes(half) {
  const env = { ...process.env, WSPROOF_BACKEND: half };
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env, maxBuffer: 1 << 26 });
  return stdout.trimEnd().split("\n");
}

test("the same outcomes, native and in WebAssembly", async () => {
  const [native, wasm] = await Promise.all(["native", "wasm"].map(outcomes));
  assert.deepEqual(wasm, native);
  const verdicts = native.slice(native.indexOf("}") + 1).map((line) => JSON.parse(line));
  assert.ok(verdicts.length > 240, `${verdicts.length} outcomes`);
  for (const wanted of ["pass", "fail"])
    assert.ok(
      verdicts.some(([, , verdict]) => verdict === wanted),
      wanted,
    );
});

/** Runs a module with WebAssembly forced; what it prints and how it ends. */
function forced(folder, source) {
  const file = join(folder, "forced.test.mjs");
  writeFileSync(file, source);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_TEST")));
  const options = { encoding: "utf8", env: { ...env, WSPROOF_BACKEND: "wasm" } };
  return spawnSync(process.execPath, ["--test", "--test-reporter=tap", file], options);
}

test("describeProtocol on WebAssembly: passes, fails, baseline, scenario files", () => {
  const folder = mkdtempSync(join(fileURLToPath(new URL("../dist/", import.meta.url)), "memory-"));
  try {
    const testees = new URL("frameworks/testees.cjs", import.meta.url).href;
    const { status, stdout } = forced(
      folder,
      `import { describeProtocol, Scenario } from "wsproof/test";
import testees from ${JSON.stringify(testees)};
import { writeFileSync } from "node:fs";
const base = new URL("own.baseline", import.meta.url).pathname;
writeFileSync(base, "2.2 fail\\n");
const files = ["a", "b"].map((name) => new URL(name + ".json", import.meta.url).pathname);
for (const file of files) new Scenario(file).sendPing("x").expectPong("x").save(file);
describeProtocol({ name: "right", cases: ["1.*", "2.*"], create: testees.createDriver });
describeProtocol({ name: "expected", cases: ["2.2"], create: testees.createBrokenDriver, baseline: base });
describeProtocol({ name: "files", scenarios: files, create: testees.createDriver });
describeProtocol({ name: "broken", cases: ["2.2"], create: testees.createBrokenDriver });
`,
    );
    assert.equal(status, 1, stdout);
    assert.deepEqual(
      stdout.match(/^ *not ok \d+ - .*$/gm).map((line) => line.replace(/ *not ok \d+ - /, "")),
      ["case 2.2", "broken"],
    );
    assert.match(stdout, /2\.2 {2}fail/);
    assert.match(stdout, /ok 2 - case 100\.2/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("on WebAssembly wrong use is told as on the native half", () => {
  const folder = mkdtempSync(join(tmpdir(), "wsproof-memory-"));
  try {
    const said = (half) => {
      const file = join(folder, "wrong.mjs");
      writeFileSync(
        file,
        `import { choose, runInMemory, Scenario } from ${JSON.stringify(import.meta.resolve("wsproof/test"))};
for (const call of [
  () => choose({ cases: ["99"] }),
  () => choose({ profile: "all" }),
  () => choose({ cases: ["12.*"], profile: "core" }),
  () => choose({ scenarios: ["/no/such/file.json"] }),
  () => new Scenario("x", { id: "1.1.1" }).case(),
  () => new Scenario("x").sendFrame(16).case(),
]) {
  try { call(); console.log("nothing"); } catch (error) { console.log(error.name, error.message); }
}`,
      );
      const env = { ...process.env, WSPROOF_BACKEND: half };
      return spawnSync(process.execPath, [file], { encoding: "utf8", env }).stdout.split("\n");
    };
    const [native, wasm] = ["native", "wasm"].map(said);
    assert.equal(native.length, 7);
    assert.ok(
      native.every((line) => line === "" || line.startsWith("UsageError ")),
      native.join("\n"),
    );
    const missing = 3;
    assert.match(wasm[missing], /^UsageError \/no\/such\/file\.json: the file cannot be read/);
    assert.match(native[missing], /^UsageError \/no\/such\/file\.json: the file cannot be read/);
    assert.deepEqual(wasm.toSpliced(missing, 1), native.toSpliced(missing, 1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("on WebAssembly odd arguments end in errors, and the engine goes on", () => {
  const folder = mkdtempSync(join(fileURLToPath(new URL("../dist/", import.meta.url)), "memory-"));
  try {
    const { status, stdout } = forced(
      folder,
      `import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, runInMemory, UsageError } from "wsproof/test";
const peer = () => ({ receiveData() {}, dataToSend() {} });
test("all of it", async () => {
  const [one] = choose({ cases: ["1.1.1"] });
  const { outcome } = await runInMemory(one, peer());
  for (const about of [{}, outcome, null, undefined, 7]) {
    await assert.rejects(runInMemory(about, peer()), UsageError);
  }
  for (const call of [
    () => outcome.explain({}, 1, 1),
    () => outcome.explain(outcome, 1, 1),
    () => choose({ cases: [7] }),
    () => choose({ cases: "1.1.1" }),
    () => choose({ profile: 7 }),
    () => choose({ scenarios: [{}] }),
  ]) assert.throws(call, Error, call.toString());
  const octets = { receiveData() {}, dataToSend: () => [new Uint8Array(new SharedArrayBuffer(3))] };
  assert.equal((await runInMemory(one, octets)).outcome.verdict, "fail");
  assert.equal((await runInMemory(one, peer())).outcome.reason, outcome.reason);
});
`,
    );
    assert.equal(status, 0, stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
