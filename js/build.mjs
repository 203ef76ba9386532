// Makes js/dist, given bindings-wasm/pkg and the add-ons that cargo built. Called by `cargo xtask`: node js/build.mjs CODEC RUN
import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as esbuild from "esbuild";

const [codecAddon, runAddon] = process.argv.slice(2);
if (!runAddon) throw new Error("node js/build.mjs CODEC RUN");
const run = promisify(execFile);
const js = dirname(fileURLToPath(import.meta.url));
const dist = join(js, "dist");
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const modules = dirname(createRequire(import.meta.url).resolve("esbuild/package.json"));
const wasmOpt = join(modules, "..", "binaryen", "bin", "wasm-opt");
const pkg = join(js, "..", "bindings-wasm", "pkg");
// What a module may use stands in it.
const optimised = [
  ["codec/codec", "codec", "-O3"],
  ["codec-scalar/codec", "codec-scalar", "-O3"],
  ["full/full", "full", "-Oz"],
  ["engine/engine", "engine", "-Oz"],
].map(([from, to, level]) =>
  run(process.execPath, [wasmOpt, level, join(pkg, `${from}_bg.wasm`), "-o", join(dist, `${to}.wasm`)]),
);
await Promise.all(optimised);
blankCrcTables(join(dist, "full.wasm"));
copyFileSync(codecAddon, join(dist, "codec.node"));
copyFileSync(runAddon, join(dist, "run.node"));

const common = { bundle: true, target: "es2022", legalComments: "none", sourcemap: false };
const entry = (name) => [join(js, "src", `${name}.ts`)];
for (const [from, to] of [
  ["node", "node"],
  ["test/index", "test"],
  ["command", "command"],
]) {
  const outfile = join(dist, `${to}.cjs`);
  await esbuild.build({ ...common, entryPoints: entry(from), format: "cjs", platform: "node", outfile });
}
for (const name of ["wsproof", "wstest"]) {
  const text = `#!/usr/bin/env node\nrequire("./command.cjs").run("${name}");\n`;
  writeFileSync(join(dist, `${name}.cjs`), text, { mode: 0o755 });
}
await esbuild.build({ ...common, entryPoints: entry("web"), format: "esm", outfile: join(dist, "web.js") });
await esbuild.build({
  ...common,
  entryPoints: entry("test/web"),
  format: "esm",
  outfile: join(dist, "test-web.js"),
  alias: Object.fromEntries(["node:fs", "node:module"].map((name) => [name, join(js, "src", "test", "no-files.ts")])),
  define: { __dirname: '""' },
});
await esbuild.build({
  ...common,
  entryPoints: entry("inline"),
  format: "esm",
  outfile: join(dist, "inline.js"),
  loader: { ".wasm": "binary" },
  alias: { "codec.wasm": join(dist, "codec.wasm"), "full.wasm": join(dist, "full.wasm") },
});
await esbuild.build({
  ...common,
  entryPoints: entry("workerd"),
  format: "esm",
  outfile: join(dist, "workerd.js"),
  external: ["*.wasm"],
});
/** An ES module with the names of a CommonJS module, so that both kinds of import share one instance. */
function shareInstance(name, more = "") {
  const names = Object.keys(createRequire(import.meta.url)(join(dist, `${name}.cjs`))).sort();
  const lines = names.map((name) => `export const ${name} = shared.${name};`);
  writeFileSync(join(dist, `${name}.js`), `import shared from "./${name}.cjs";\n${more}${lines.join("\n")}\n`);
}
shareInstance("node");
// vitest can only be imported, and sets no globals unless it is told to.
shareInstance("test", 'if (process.env.VITEST) shared.useVitest(await import("vitest"));\n');

execFileSync(process.execPath, [join(modules, "..", "typescript", "bin", "tsc"), "-p", js], { stdio: "inherit" });
// The same types for `require`.
for (const name of readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".d.ts"))) {
  const text = readFileSync(join(dist, name), "utf8").replace(/(from "\.\.?\/[\w-]+)\.js"/g, '$1.cjs"');
  writeFileSync(join(dist, name.replace(".d.ts", ".d.cts")), text);
}

/**
 * Writes noughts over the tables of CRC-32. The inflater has them for gzip; raw DEFLATE never reads them, and of all that
 * is fetched they alone do not compress. A table of 256 words is one of these when it is linear: what belongs to i xor j is
 * the xor of what belongs to i and to j.
 */
function blankCrcTables(path) {
  const octets = readFileSync(path);
  let tables = 0;
  for (let at = 0; at + 1024 <= octets.length; at++) {
    const word = (index) => octets.readUInt32LE(at + 4 * index);
    if (word(0) !== 0 || word(1) === 0 || word(1) === word(2)) continue;
    let linear = true;
    for (let index = 1; linear && index < 256; index++) {
      const lowest = index & -index;
      linear = word(index) !== 0 && word(index) === (word(lowest) ^ word(index ^ lowest)) >>> 0;
    }
    if (!linear) continue;
    octets.fill(0, at, at + 1024);
    tables++;
  }
  if (tables === 0) throw new Error("no tables of CRC-32 in full.wasm: this step can go");
  writeFileSync(path, octets);
}
