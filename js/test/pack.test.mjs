// The package as it is published and somebody installs it, where no package of a platform fits: an empty folder, every kind
// of import.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { emptyFolder, install, npm, packMain, putVectors } from "./installed.mjs";

const folder = emptyFolder();
const run = (program, ...args) =>
  execFileSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    shell: process.platform === "win32" && program === npm,
  });
const { tarball, files } = packMain(folder);
install(folder, tarball);

const USE = `
const batch = new Decoder("client").feed(Uint8Array.of(0x81, 2, 72, 105));
console.log(backend(), batch.text(0));`;

test("the native half is not in it, the WebAssembly builds are", () => {
  const paths = files.map((file) => file.path);
  for (const name of ["codec", "codec-scalar", "full", "engine"])
    assert.ok(paths.includes(`js/dist/${name}.wasm`), name);
  assert.deepEqual(
    paths.filter((path) => path.endsWith(".node")),
    [],
  );
});

for (const [name, text] of [
  ["a.mjs", `import { backend, Decoder } from "wsproof";${USE}`],
  ["a.cjs", `const { backend, Decoder } = require("wsproof");${USE}`],
  ["inline.mjs", `import { backend, Decoder } from "wsproof/inline";${USE}`],
  ["test.mjs", 'import { Scenario } from "wsproof/test"; console.log(new Scenario("x").case().id);'],
  ["server.mjs", 'import { describeServer } from "wsproof/test"; describeServer({ url: "ws://127.0.0.1:1" });'],
  ["test.cjs", 'console.log(new (require("wsproof/test").Scenario)("x").case().id);'],
]) {
  writeFileSync(join(folder, name), text);
}
putVectors(folder);
writeFileSync(
  join(folder, "check.mjs"),
  `import * as wsproof from "wsproof";
import { readFileSync } from "node:fs";
import { check } from "./vectors.mjs";
console.log(wsproof.backend(), check(wsproof, JSON.parse(readFileSync("codec.json", "utf8"))).differences);`,
);
writeFileSync(
  join(folder, "check.cjs"),
  `const wsproof = require("wsproof");
import("./vectors.mjs").then(({ check }) =>
  console.log(wsproof.backend(), check(wsproof, require("./codec.json")).differences));`,
);

/** Runs Node in the folder; what came of it, whatever that is. */
function node(args, env = {}) {
  return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env: { ...process.env, ...env } });
}

test("imported and required, without a native half", () => {
  for (const file of ["a.mjs", "a.cjs", "inline.mjs"]) assert.equal(run(process.execPath, file), "wasm Hi\n", file);
  for (const file of ["check.mjs", "check.cjs"]) assert.equal(run(process.execPath, file), "wasm []\n", file);
});

test("what needs the native half says so", () => {
  for (const file of ["test.mjs", "test.cjs"]) assert.equal(node([file]).stdout, "100.1\n", file);
  assert.match(node(["server.mjs"]).stderr, /has no native half here, and conformance runs over sockets .* need it/);
  assert.match(node(["a.mjs"], { WSPROOF_BACKEND: "native" }).stderr, /has no native half here/);
  assert.match(node(["a.mjs"], { WSPROOF_BACKEND: "other" }).stderr, /"native" or "wasm", not "other"/);
  const command = node([join("node_modules", "wsproof", "js", "dist", "wsproof.cjs"), "cases"]);
  assert.equal(command.status, 2);
  assert.match(command.stderr, /^wsproof: wsproof has no native half here/);
});

test("publint and arethetypeswrong find nothing", () => {
  const bin = (name, path) => join(dirname(createRequire(import.meta.url).resolve(name)), path);
  const publint = spawnSync(process.execPath, [bin("publint", "cli.js"), "--strict", tarball], { encoding: "utf8" });
  assert.equal(publint.status, 0, publint.stdout + publint.stderr);
  const flags = ["--profile", "node16", "--ignore-rules", "cjs-resolves-to-esm"];
  const ignored = ["--exclude-entrypoints", "codec.wasm", "full.wasm", "engine.wasm"];
  const attw = spawnSync(
    process.execPath,
    [bin("@arethetypeswrong/cli/package.json", "dist/index.js"), tarball, ...flags, ...ignored],
    { encoding: "utf8" },
  );
  assert.equal(attw.status, 0, attw.stdout + attw.stderr);
});

test("types for both module resolutions", () => {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  writeFileSync(
    join(folder, "types.mts"),
    `import { Decoder, type Event, Violation } from "wsproof";
import { describeServer, type Outcome, Scenario } from "wsproof/test";
const decoder: Decoder = new Decoder("server", { maxFrame: 1 });
const events: Event[] = [...decoder.feed(new Uint8Array())];
export const all: [Event[], Violation | undefined] = [events, decoder.violation];
describeServer({ url: "ws://127.0.0.1:1", profile: "quick", scenarios: [new Scenario("x").sendPing("y")] });
describeServer({ url: "wss://127.0.0.1:1", headers: { Authorization: "x" }, cert: "c", key: "k", ca: "ca", tlsVerify: true });
describeServer({ start: () => ({ url: "ws://h", unix: "s", headers: [["X", "a"], ["X", "b"]] }) });
// @ts-expect-error: a header has a value
describeServer({ url: "ws://127.0.0.1:1", headers: ["X"] });
export type Verdict = Outcome["verdict"];
// @ts-expect-error: neither is there such a profile
describeServer({ url: "ws://127.0.0.1:1", profile: "all" });
// @ts-expect-error: there is no such role
new Decoder("peer");
`,
  );
  writeFileSync(
    join(folder, "types.cts"),
    `import wsproof = require("wsproof");\nexport const decoder: wsproof.Decoder = new wsproof.Decoder("client");\n`,
  );
  const flags = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom,esnext.disposable"];
  for (const [module, resolution, file] of [
    ["nodenext", "nodenext", "types.mts"],
    ["nodenext", "nodenext", "types.cts"],
    ["esnext", "bundler", "types.mts"],
  ]) {
    run(process.execPath, tsc, ...flags, "--types", "", "--module", module, "--moduleResolution", resolution, file);
  }
});
