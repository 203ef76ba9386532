// The package as somebody installs it: `npm pack`, and an empty folder.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { listPlatforms } from "../platform.mjs";

/** The folder of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
export const npm = process.env.NPM ?? "npm";
const shell = process.platform === "win32";

/** Packs what is in a folder, as it is, into another one: the tarball's name, and its files. */
export function pack(from, to) {
  const options = { cwd: from, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], shell };
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", to];
  const [{ filename, files }] = JSON.parse(execFileSync(npm, args, options));
  return { tarball: join(to, filename), files };
}

/** Packs the main package as it is published: without native halves, which the packages of the platforms have. */
export function packMain(to) {
  const folder = emptyFolder();
  execFileSync("tar", ["-xzf", pack(root, folder).tarball], { cwd: folder });
  listPlatforms(join(folder, "package", "package.json"));
  return pack(join(folder, "package"), to);
}

/** An empty folder for the tests of a file; it is gone afterwards. */
export function emptyFolder() {
  const folder = mkdtempSync(join(tmpdir(), "wsproof-pack-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "package.json"), "{}");
  return folder;
}

/** Installs tarballs in a folder; nothing is asked of a registry, since the package has no dependencies of its own. */
export function install(folder, ...tarballs) {
  execFileSync(npm, ["install", "--no-audit", "--no-fund", "--offline", ...tarballs], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell,
  });
}

/** Puts the shared vectors, and what runs them, into a folder. */
export function putVectors(folder) {
  cpSync(join(root, "js", "test", "vectors.mjs"), join(folder, "vectors.mjs"));
  cpSync(join(root, "tests", "vectors", "codec.json"), join(folder, "codec.json"));
}
