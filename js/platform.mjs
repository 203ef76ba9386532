// Makes the package with the native halves for this platform, which `wsproof` loads where it is installed:
//   node js/platform.mjs FOLDER
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The platform as `js/src/addons.ts` names it. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** Writes it into a folder. */
export function makePlatformPackage(folder) {
  const js = fileURLToPath(new URL(".", import.meta.url));
  const { version, license, repository } = JSON.parse(readFileSync(join(js, "..", "package.json"), "utf8"));
  mkdirSync(folder, { recursive: true });
  const files = ["codec.node", "run.node"];
  for (const file of files) copyFileSync(join(js, "dist", file), join(folder, file));
  const description = `The native half of wsproof for ${PLATFORM}`;
  const manifest = { name: `@wsproof/${PLATFORM}`, version, description, license, repository, files };
  const all = { ...manifest, os: [process.platform], cpu: [process.arch] };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(all, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (!folder) throw new Error("node js/platform.mjs FOLDER");
  makePlatformPackage(folder);
}
