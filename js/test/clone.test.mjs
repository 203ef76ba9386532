// The first thing that somebody does with a clone: `npm ci && npm pack`, and the tarball, installed in an empty folder, works.
// The clone has what git would have of this folder as it is now, and nothing that was built or installed here. Only compiled
// dependencies are shared: cargo's target folder is the same. So the clone always has the same place, in that folder, or
// each run would leave another build there.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { emptyFolder, install, npm, root } from "./installed.mjs";

const shell = process.platform === "win32";

/** Runs a program; what it printed, if all was well. */
function run(program, args, cwd, env = {}) {
  const options = {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
    shell: shell && program !== process.execPath,
  };
  const { status, stdout, stderr } = spawnSync(program, args, { ...options, maxBuffer: 1 << 28 });
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}

const target = resolve(root, process.env.CARGO_TARGET_DIR || "target");
const clone = join(target, "clone");
rmSync(clone, { recursive: true, force: true });
after(() => rmSync(clone, { recursive: true, force: true }));
const names = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
for (const name of names.split("\0").filter((name) => name !== "" && existsSync(join(root, name)))) {
  mkdirSync(dirname(join(clone, name)), { recursive: true });
  cpSync(join(root, name), join(clone, name));
}

const folder = emptyFolder();

test("npm ci && npm pack in a clone, and its tarball in an empty folder", () => {
  run(npm, ["ci", "--no-audit", "--no-fund", "--prefer-offline"], clone);
  const env = { CARGO_TARGET_DIR: target };
  const [{ filename }] = JSON.parse(run(npm, ["pack", "--json", "--pack-destination", folder], clone, env));
  install(folder, join(folder, filename));
  const use = `console.log(backend(), new Decoder("client").feed(Uint8Array.of(0x81, 2, 72, 105)).text(0));`;
  writeFileSync(join(folder, "a.mjs"), `import { backend, Decoder } from "wsproof"; ${use}`);
  writeFileSync(join(folder, "a.cjs"), `const { backend, Decoder } = require("wsproof"); ${use}`);
  for (const file of ["a.mjs", "a.cjs"]) {
    assert.equal(run(process.execPath, [file], folder), "native Hi\n", file);
    assert.equal(run(process.execPath, [file], folder, { WSPROOF_BACKEND: "wasm" }), "wasm Hi\n", file);
  }
  const npx = npm.replace(/npm(\.\w+)?$/, "npx$1");
  assert.match(run(npx, ["--offline", "wstest", "--help"], folder), /fuzzingserver/);
  const page = join(folder, "page.html");
  writeFileSync(join(folder, "capture.txt"), "81 00");
  run(npx, ["--offline", "wsproof", "decode", "capture.txt", "--web", page], folder);
  assert.ok(existsSync(page));
});

test("without cargo a build says in one sentence what it needs", () => {
  const options = { cwd: clone, encoding: "utf8", env: { ...process.env, PATH: folder } };
  const { status, stderr } = spawnSync(process.execPath, [join(clone, "js", "xtask.mjs"), "npm", "build"], options);
  assert.equal(status, 1);
  assert.equal(
    stderr,
    "wsproof is built by Rust, and there is no cargo here: https://rustup.rs tells how to install it\n",
  );
});
