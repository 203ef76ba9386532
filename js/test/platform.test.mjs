// The packages as they are published: the main one lists those of all platforms, npm installs that of this one, and where
// there is none that fits, WebAssembly is used.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { listPlatforms, makePlatformPackage, PLATFORM, PLATFORMS } from "../platform.mjs";
import { emptyFolder, install, npm, pack, packMain, putVectors, root } from "./installed.mjs";

const USE = `
const batch = new Decoder("client").feed(Uint8Array.of(0x81, 2, 72, 105));
console.log(backend(), batch.text(0));`;
const CHECK = `console.log(wsproof.backend(), check(wsproof, JSON.parse(readFileSync("codec.json", "utf8"))).differences);`;
const FILES = [
  ["a.mjs", `import { backend, Decoder } from "wsproof";${USE}`],
  ["a.cjs", `const { backend, Decoder } = require("wsproof");${USE}`],
  ["test.mjs", 'import { Scenario } from "wsproof/test"; console.log(new Scenario("x").case().id);'],
  [
    "check.mjs",
    `import * as wsproof from "wsproof"; import { readFileSync } from "node:fs"; import { check } from "./vectors.mjs"; ${CHECK}`,
  ],
  [
    "check.cjs",
    `const wsproof = require("wsproof"); const { readFileSync } = require("node:fs"); import("./vectors.mjs").then(({ check }) => ${CHECK.replace(/;$/, ")")};`,
  ],
];

/** The tarball of the main package, as it is published. */
const main = packMain(emptyFolder()).tarball;

/** The tarball of a platform's package; `change` may spoil what is in it. */
function platformTarball(platform, change = () => {}) {
  const folder = emptyFolder();
  const made = join(folder, "made");
  makePlatformPackage(made, platform);
  change(made);
  return pack(made, folder).tarball;
}

/** An empty folder where a project with these dependencies was installed, and files that use the package. */
function installed(optionalDependencies) {
  const folder = emptyFolder();
  const dependencies = { wsproof: `file:${main}` };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies, optionalDependencies }));
  install(folder);
  for (const [name, text] of FILES) writeFileSync(join(folder, name), text);
  putVectors(folder);
  return folder;
}

function node(cwd, args, env = {}) {
  return spawnSync(process.execPath, args, { cwd, encoding: "utf8", env: { ...process.env, ...env } });
}

test("this platform is one that is published", () => assert.ok(PLATFORM in PLATFORMS, PLATFORM));

test("npm installs what fits: native, forced WebAssembly, commands", () => {
  const folder = installed({ [`@wsproof/${PLATFORM}`]: `file:${platformTarball(PLATFORM)}` });
  assert.deepEqual(readdirSync(join(folder, "node_modules", "@wsproof")), [PLATFORM]);
  for (const file of ["a.mjs", "a.cjs"]) {
    assert.equal(node(folder, [file]).stdout, "native Hi\n", file);
    assert.equal(node(folder, [file], { WSPROOF_BACKEND: "wasm" }).stdout, "wasm Hi\n", file);
  }
  for (const file of ["check.mjs", "check.cjs"]) {
    assert.equal(node(folder, [file]).stdout, "native []\n", file);
    assert.equal(node(folder, [file], { WSPROOF_BACKEND: "wasm" }).stdout, "wasm []\n", file);
  }
  assert.equal(node(folder, ["test.mjs"]).stdout, "100.1\n");
  const { version, optionalDependencies } = JSON.parse(
    readFileSync(join(folder, "node_modules", "wsproof", "package.json"), "utf8"),
  );
  assert.equal(optionalDependencies[`@wsproof/${PLATFORM}`], version);
  for (const name of ["wsproof", "wstest"]) {
    const shell = process.platform === "win32";
    const said = execFileSync(npm, ["exec", "--offline", name, "--", "--version"], {
      cwd: folder,
      encoding: "utf8",
      shell,
    });
    assert.match(said, new RegExp(version.replaceAll(".", "\\.")));
  }
});

test("what is for another platform is not installed, and WebAssembly is used", () => {
  const [other] = Object.keys(PLATFORMS).filter((platform) => !platform.startsWith(process.platform));
  const folder = installed({ [`@wsproof/${other}`]: `file:${platformTarball(other)}` });
  assert.ok(!existsSync(join(folder, "node_modules", "@wsproof", other)));
  for (const file of ["a.mjs", "a.cjs"]) assert.equal(node(folder, [file]).stdout, "wasm Hi\n", file);
});

test("a native half that cannot be loaded is passed over, and told of where it is asked for", () => {
  const broken = platformTarball(PLATFORM, (made) => writeFileSync(join(made, "codec.node"), "not for this machine"));
  const folder = installed({ [`@wsproof/${PLATFORM}`]: `file:${broken}` });
  assert.equal(node(folder, ["a.mjs"]).stdout, "wasm Hi\n");
  const { stderr } = node(folder, ["a.mjs"], { WSPROOF_BACKEND: "native" });
  assert.match(stderr, new RegExp(`@wsproof/${PLATFORM}/codec\\.node: .*\\w`));
});

test(`the C library that is not this system's is not mistaken for it`, { skip: process.platform !== "linux" }, () => {
  const [other] = Object.keys(PLATFORMS).filter(
    (platform) => platform !== PLATFORM && platform.startsWith(`linux-${process.arch}-`),
  );
  const folder = installed({ [`@wsproof/${other}`]: `file:${platformTarball(other)}` });
  assert.ok(!existsSync(join(folder, "node_modules", "@wsproof", other)));
  assert.equal(node(folder, ["a.mjs"]).stdout, "wasm Hi\n");
});

test("the release workflow builds just these platforms, and the manifest lists them", () => {
  const workflow = readFileSync(join(root, ".github", "workflows", "release.yml"), "utf8");
  const rows = [...workflow.matchAll(/\{ platform: ([\w-]+), target: ([\w-]+),/g)].map(([, ...row]) => row);
  assert.deepEqual(Object.fromEntries(rows), PLATFORMS);
  const main = emptyFolder();
  writeFileSync(join(main, "package.json"), readFileSync(join(root, "package.json")));
  listPlatforms(join(main, "package.json"));
  const { version, optionalDependencies } = JSON.parse(readFileSync(join(main, "package.json"), "utf8"));
  assert.deepEqual(
    optionalDependencies,
    Object.fromEntries(Object.keys(PLATFORMS).map((platform) => [`@wsproof/${platform}`, version])),
  );
});
