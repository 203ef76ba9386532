// Deno, Bun and workerd: the installed package, by what each makes of its `exports`, runs the shared vectors.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as esbuild from "esbuild";
import { makePlatformPackage, PLATFORM } from "../platform.mjs";
import { emptyFolder, install, packMain, putVectors } from "./installed.mjs";

const folder = emptyFolder();
install(folder, packMain(folder).tarball);
putVectors(folder);

/** Prints which half it is, how many checks there were, whether compression is there, and what is said otherwise. */
const USE = `
await wsproof.loadAll();
const deflate = wsproof.answerDeflate(wsproof.offerDeflate());
const { checks, differences } = check(wsproof, vectors);
const said = [wsproof.backend(), checks > 400, deflate, differences];`;
const SAID = (backend) => `${JSON.stringify([backend, true, "permessage-deflate", []])}\n`;

for (const entry of ["wsproof", "wsproof/inline"]) {
  writeFileSync(
    join(folder, `${entry.replace("/", "-")}.mjs`),
    `import * as wsproof from "${entry}";
import vectors from "./codec.json" with { type: "json" };
import { check } from "./vectors.mjs";
${USE}
console.log(JSON.stringify(said));`,
  );
}
writeFileSync(
  join(folder, "required.cjs"),
  `const wsproof = require("wsproof");
const vectors = require("./codec.json");
import("./vectors.mjs").then(async ({ check }) => {${USE}
console.log(JSON.stringify(said)); });`,
);

/** Cases in memory, on the engine in WebAssembly. */
writeFileSync(
  join(folder, "engine.mjs"),
  `import { choose, runInMemory, Scenario } from "wsproof/test";
const { outcome } = await runInMemory(choose({ cases: ["1.1.1"] })[0], { receiveData() {}, dataToSend() {} });
console.log(new Scenario("x").case().id, outcome.verdict);`,
);
const ENGINE = "100.1 fail\n";

/** The program of one of these packages, where its installation puts it. */
function program(name, ...places) {
  const home = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const found = places.map((place) => join(home, place)).find((path) => existsSync(path));
  assert.ok(found, `npm did not install ${name} whole: there is none of ${places.join(", ")} in ${home}`);
  return found;
}
const deno = () => program("deno", "deno", "deno.exe");
const bun = () => program("bun", join("bin", "bun.exe"));

function run(file, args, env = {}) {
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1", ...env } };
  const { status, stdout, stderr } = spawnSync(file, args, options);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

test("Deno, without any permission", () => {
  for (const file of ["wsproof.mjs", "wsproof-inline.mjs"]) {
    assert.equal(run(deno(), ["run", "--no-prompt", file]), SAID("wasm"), file);
  }
});

test("Deno, cases in memory: the engine's file is read", () => {
  assert.equal(run(deno(), ["run", "--no-prompt", "--allow-read", "--allow-env", "engine.mjs"]), ENGINE);
});

test("Bun, without a native half", () => {
  for (const file of ["wsproof.mjs", "wsproof-inline.mjs", "required.cjs"]) {
    assert.equal(run(bun(), [file]), SAID("wasm"), file);
  }
  assert.equal(run(bun(), ["engine.mjs"]), ENGINE);
});

test("Bun, with the package of the platform: native, and forced WebAssembly", () => {
  makePlatformPackage(join(folder, "node_modules", "@wsproof", PLATFORM));
  for (const file of ["wsproof.mjs", "required.cjs"]) {
    assert.equal(run(bun(), [file]), SAID("native"), file);
    assert.equal(run(bun(), [file], { WSPROOF_BACKEND: "wasm" }), SAID("wasm"), file);
  }
});

/** workerd has no resolution of its own: as wrangler does, a bundler joins the modules and leaves WebAssembly beside. */
test("workerd, from a bundle with its condition", async () => {
  writeFileSync(
    join(folder, "worker.mjs"),
    `import * as wsproof from "wsproof";
import vectors from "./codec.json";
import { check } from "./vectors.mjs";
export default { async fetch() {${USE}
return new Response(JSON.stringify(said) + "\\n"); } };`,
  );
  const modules = new Map();
  await esbuild.build({
    entryPoints: [join(folder, "worker.mjs")],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    plugins: [
      {
        name: "modules of WebAssembly",
        setup: (build) => {
          build.onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
            modules.set(path, join(resolveDir, path));
            return { path, external: true };
          });
        },
      },
    ],
  });
  assert.deepEqual([...modules.keys()].sort(), ["./codec.wasm", "./full.wasm"]);
  for (const [path, from] of modules) writeFileSync(join(folder, path), readFileSync(from));
  writeFileSync(
    join(folder, "worker.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
const worker :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker", esModule = embed "worker.js"),
    ${["codec", "full"].map((name) => `(name = "${name}.wasm", wasm = embed "${name}.wasm")`).join(",\n    ")}]);`,
  );
  const workerd = program("workerd", join("bin", "workerd"), join("bin", "workerd.exe"));
  const child = spawn(workerd, ["serve", "worker.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  after(() => child.kill());
  const port = await new Promise((resolve, reject) => {
    let text = "";
    child.stdio[3].on("data", (piece) => {
      text += piece;
      const found = /"event":"listen".*"port":(\d+)/.exec(text);
      if (found) resolve(found[1]);
    });
    child.on("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
    child.on("error", reject);
  });
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), SAID("wasm"));
});
