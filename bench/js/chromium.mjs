// One cell of the table, measured in a Chromium of its own.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { launch } from "../../js/test/chromium.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** ns a frame of each contender. */
export async function measureInChromium([operation, kind, packing, size]) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [here("page.mjs")],
    bundle: true,
    format: "esm",
    write: false,
    alias: { "node:buffer": here("no-node.mjs") },
    inject: [here("no-node.mjs")],
    external: ["wsproof"],
  });
  const map = JSON.stringify({ imports: { wsproof: "/dist/web.js" } });
  const files = {
    "/": [
      "text/html",
      `<!doctype html><script type="importmap">${map}</script><script type="module" src="/page.mjs"></script>`,
    ],
    "/page.mjs": ["text/javascript", outputFiles[0].contents],
  };
  const server = createServer((request, response) => {
    // Isolated, so that the clock is fine.
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    const dist = /^\/dist\/([\w-]+\.(?:js|wasm))$/.exec(request.url ?? "")?.[1];
    const type = dist?.endsWith(".js") ? "text/javascript" : "application/wasm";
    const found = files[request.url] ?? (dist && [type, readFileSync(here(`../../js/dist/${dist}`))]);
    if (found) response.setHeader("content-type", found[0]).end(found[1]);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction("'run' in globalThis");
    const call = [operation.replace("-chromium", ""), kind, Number(size), packing === "packed"];
    return await page.evaluate((args) => globalThis.run(...args), call);
  } finally {
    await browser.close();
    server.close();
  }
}
