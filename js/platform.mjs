// Makes what is published beside the package: one with the native halves for each platform, which `wsproof` loads where it is
// installed, and the list of them in its own manifest.
//   node js/platform.mjs FOLDER [PLATFORM CODEC RUN]   the package of a platform, by default of this one and from js/dist
//   node js/platform.mjs --optional [MANIFEST]         lists all of them in a package.json, by default that of the repository,
//                                                      which then leaves the native halves to them
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const js = fileURLToPath(new URL(".", import.meta.url));
const manifest = join(js, "..", "package.json");

/** All platforms, as `js/src/addons.ts` names them, with what Rust calls each. */
export const PLATFORMS = {
  "darwin-arm64": "aarch64-apple-darwin",
  "darwin-x64": "x86_64-apple-darwin",
  "linux-arm64-gnu": "aarch64-unknown-linux-gnu",
  "linux-arm64-musl": "aarch64-unknown-linux-musl",
  "linux-x64-gnu": "x86_64-unknown-linux-gnu",
  "linux-x64-musl": "x86_64-unknown-linux-musl",
  "win32-arm64": "aarch64-pc-windows-msvc",
  "win32-x64": "x86_64-pc-windows-msvc",
};

/** The platform that this runs on. */
export const PLATFORM = `${process.platform}-${process.arch}${process.platform === "linux" ? `-${libc()}` : ""}`;

function libc() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime ? "gnu" : "musl";
}

/** Writes the package of a platform into a folder. */
export function makePlatformPackage(folder, platform = PLATFORM, halves = undefined) {
  const { codec, run } = halves ?? { codec: join(js, "dist", "codec.node"), run: join(js, "dist", "run.node") };
  const [os, cpu, libc] = platform.split("-");
  const { version, license, repository, engines } = JSON.parse(readFileSync(manifest, "utf8"));
  mkdirSync(folder, { recursive: true });
  copyFileSync(codec, join(folder, "codec.node"));
  copyFileSync(run, join(folder, "run.node"));
  for (const name of ["LICENSE", "LICENSE-APACHE", "LICENSE-MIT"]) {
    copyFileSync(join(js, "..", name), join(folder, name));
  }
  const all = {
    name: `@wsproof/${platform}`,
    version,
    description: `The native half of wsproof for ${platform}`,
    license,
    repository,
    engines,
    files: ["codec.node", "run.node"],
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc === "gnu" ? "glibc" : libc] }),
  };
  write(join(folder, "package.json"), all);
}

/**
 * Lists the packages of all platforms in the manifest of the main one, with its own version. So it is published: without
 * native halves of its own, and without the scripts of a clone.
 */
export function listPlatforms(path = manifest) {
  const { scripts: _, ...main } = JSON.parse(readFileSync(path, "utf8"));
  const names = Object.keys(PLATFORMS).map((platform) => [`@wsproof/${platform}`, main.version]);
  const files = [...main.files, "!js/dist/*.node"];
  write(path, { ...main, files, optionalDependencies: Object.fromEntries(names) });
}

function write(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [first, second, codec, run] = process.argv.slice(2);
  if (first === "--optional") listPlatforms(second);
  else if (first === undefined || (second !== undefined && (run === undefined || !(second in PLATFORMS)))) {
    throw new Error("node js/platform.mjs FOLDER [PLATFORM CODEC RUN], or --optional [MANIFEST]");
  } else makePlatformPackage(first, second, run === undefined ? undefined : { codec, run });
}
