// Makes inspector/dist/inspector.html, one file with everything in it, and devtools/dist, the extension; given
// bindings-wasm/pkg, which `cargo xtask devtools` makes.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { zip } from "./zip.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const extension = join(here, "..", "devtools");
const { version } = JSON.parse(readFileSync(join(here, "..", "package.json"), "utf8"));

/** The extension as it is handed out; each is devtools/manifest.json with these keys. */
const VARIANTS = [
  { name: "wsproof-devtools", live: true, keys: { minimum_chrome_version: "125", permissions: ["debugger"] } },
  // For those who will not grant that: messages by HAR, and wire mode.
  { name: "wsproof-devtools-har", live: false, keys: { minimum_chrome_version: "125", permissions: [] } },
  // Firefox has no debugger interface.
  {
    name: "wsproof-devtools-firefox",
    live: false,
    keys: {
      browser_specific_settings: {
        gecko: {
          id: "inspector@wsproof",
          // The first that knows the key which follows, also on Android.
          strict_min_version: "142.0",
          data_collection_permissions: { required: ["none"] },
        },
      },
      permissions: [],
    },
  },
];

const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
execFileSync(process.execPath, [tsc, "-p", here], { stdio: "inherit" });

async function bundle(path, define = {}) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [path],
    bundle: true,
    minify: true,
    // Other characters would have to be told apart by the page's encoding.
    charset: "ascii",
    format: "iife",
    target: "es2022",
    legalComments: "none",
    define,
    write: false,
  });
  return outputFiles[0].text.trim();
}

const wasm = readFileSync(join(here, "..", "bindings-wasm", "pkg", "inspect", "inspect_bg.wasm"));
const worker = await bundle(join(source, "engine", "worker.ts"));
const css = await esbuild.transform(readFileSync(join(source, "style.css"), "utf8"), { loader: "css", minify: true });
const style = css.code.trim();

page(await bundle(join(source, "page.ts")));
for (const variant of VARIANTS) await panel(variant);

/** The page. Its policy allows just what is in it, and no connection to anywhere. */
function page(script) {
  const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)} 'wasm-unsafe-eval'`,
    `style-src ${hash(style)}`,
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  if (/<\/script|<!--/i.test(script)) throw new Error("the script would end its own element");
  const parts = {
    CSP: policy,
    STYLE: style,
    ENGINE: wasm.toString("base64"),
    WORKER: Buffer.from(worker).toString("base64"),
    SCRIPT: script,
  };
  const html = readFileSync(join(source, "page.html"), "utf8").replace(/@([A-Z]+)@/g, (_, name) => parts[name]);
  mkdirSync(join(here, "dist"), { recursive: true });
  const path = join(here, "dist", "inspector.html");
  // A file that is written anew makes cargo build the command anew.
  if (!existsSync(path) || readFileSync(path, "utf8") !== html) writeFileSync(path, html);
}

/** The extension, as a folder and as a zip. */
async function panel({ name, live, keys }) {
  const dist = join(extension, "dist", name);
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(extension, "manifest.json"), "utf8"));
  writeFileSync(join(dist, "manifest.json"), `${JSON.stringify({ ...manifest, version, ...keys }, null, 2)}\n`);
  for (const file of ["devtools.html", "panel.html", "icon.png"]) cpSync(join(extension, file), join(dist, file));
  writeFileSync(join(dist, "style.css"), style);
  writeFileSync(join(dist, "worker.js"), worker);
  writeFileSync(join(dist, "inspect.wasm"), wasm);
  for (const script of ["devtools", "panel"]) {
    writeFileSync(
      join(dist, `${script}.js`),
      await bundle(join(extension, "src", `${script}.ts`), { LIVE: String(live) }),
    );
  }
  writeFileSync(`${dist}.zip`, zip(dist));
}
