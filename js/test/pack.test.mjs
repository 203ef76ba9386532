// The package as somebody installs it: `npm pack`, an empty folder, every kind of import.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wsproof-pack-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const npm = process.env.NPM ?? "npm";
const run = (program, ...args) =>
  execFileSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    shell: process.platform === "win32" && program === npm,
  });

const [{ filename, files }] = JSON.parse(
  execFileSync(npm, ["pack", "--json", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    shell: process.platform === "win32",
  }),
);
writeFileSync(join(folder, "package.json"), "{}");
run(npm, "install", "--no-audit", "--no-fund", "--prefer-offline", join(folder, filename));

const USE = `
const batch = new Decoder("client").feed(Uint8Array.of(0x81, 2, 72, 105));
console.log(backend(), batch.text(0));`;

test("the native half is not in it, the WebAssembly builds are", () => {
  const paths = files.map((file) => file.path);
  for (const name of ["codec", "codec-scalar", "full"]) assert.ok(paths.includes(`js/dist/${name}.wasm`), name);
  assert.deepEqual(
    paths.filter((path) => path.endsWith(".node")),
    [],
  );
});

test("imported and required, without a native half", () => {
  writeFileSync(join(folder, "a.mjs"), `import { backend, Decoder } from "wsproof";${USE}`);
  writeFileSync(join(folder, "a.cjs"), `const { backend, Decoder } = require("wsproof");${USE}`);
  writeFileSync(join(folder, "b.mjs"), `import { backend, Decoder } from "wsproof/inline";${USE}`);
  for (const file of ["a.mjs", "a.cjs", "b.mjs"]) assert.equal(run(process.execPath, file), "wasm Hi\n", file);
});

test("types for both module resolutions", () => {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  writeFileSync(
    join(folder, "types.mts"),
    `import { Decoder, type Event, Violation } from "wsproof";
const decoder: Decoder = new Decoder("server", { maxFrame: 1 });
const events: Event[] = [...decoder.feed(new Uint8Array())];
export const all: [Event[], Violation | undefined] = [events, decoder.violation];
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
