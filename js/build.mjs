// Makes js/dist, given what cargo built. Called by `cargo xtask`: node js/build.mjs SIMD.wasm SCALAR.wasm ADDON
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const [simd, scalar, addon] = process.argv.slice(2);
if (!addon) throw new Error("node js/build.mjs SIMD.wasm SCALAR.wasm ADDON");
const js = dirname(fileURLToPath(import.meta.url));
const dist = join(js, "dist");
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const modules = dirname(createRequire(import.meta.url).resolve("esbuild/package.json"));
const wasmOpt = join(modules, "..", "binaryen", "bin", "wasm-opt");
const features = [
  "bulk-memory",
  "sign-ext",
  "mutable-globals",
  "nontrapping-float-to-int",
  "multivalue",
  "reference-types",
];
const enable = (names) => names.map((name) => `--enable-${name}`);
for (const [from, to, flags] of [
  [simd, "wsproof.wasm", enable([...features, "simd"])],
  [scalar, "wsproof-scalar.wasm", enable(features)],
]) {
  execFileSync(process.execPath, [wasmOpt, "-O3", ...flags, from, "-o", join(dist, to)], { stdio: "inherit" });
}
copyFileSync(addon, join(dist, "wsproof.node"));

const common = { bundle: true, target: "es2022", legalComments: "none", sourcemap: false };
const entry = (name) => [join(js, "src", `${name}.ts`)];
await esbuild.build({
  ...common,
  entryPoints: entry("node"),
  format: "cjs",
  platform: "node",
  outfile: join(dist, "node.cjs"),
});
await esbuild.build({ ...common, entryPoints: entry("web"), format: "esm", outfile: join(dist, "web.js") });
await esbuild.build({
  ...common,
  entryPoints: entry("inline"),
  format: "esm",
  outfile: join(dist, "inline.js"),
  loader: { ".wasm": "binary" },
  alias: { "wsproof.wasm": join(dist, "wsproof.wasm") },
});
await esbuild.build({
  ...common,
  entryPoints: entry("workerd"),
  format: "esm",
  outfile: join(dist, "workerd.js"),
  external: ["*.wasm"],
});
// The names of the CommonJS module, so that both kinds of import share one instance.
const names = Object.keys(createRequire(import.meta.url)(join(dist, "node.cjs"))).sort();
const lines = names.map((name) => `export const ${name} = wsproof.${name};`);
writeFileSync(join(dist, "node.js"), `import wsproof from "./node.cjs";\n${lines.join("\n")}\n`);

execFileSync(process.execPath, [join(modules, "..", "typescript", "bin", "tsc"), "-p", js], { stdio: "inherit" });
// The same types for `require`.
for (const name of readdirSync(dist).filter((name) => name.endsWith(".d.ts"))) {
  const text = readFileSync(join(dist, name), "utf8").replace(/(from "\.\/[\w-]+)\.js"/g, '$1.cjs"');
  writeFileSync(join(dist, name.replace(".d.ts", ".d.cts")), text);
}
