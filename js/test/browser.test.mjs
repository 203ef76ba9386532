// A real Chromium: the modules loaded by a plain <script type="module">, and as a bundle of Vite's, from a server of
// static files. Each runs the shared vectors.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { launch } from "./chromium.mjs";

const js = fileURLToPath(new URL("..", import.meta.url));
const vectors = join(js, "..", "tests", "vectors", "codec.json");
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".html": "text/html; charset=utf-8" };

/** What each page does: decodes and answers with and without compression, and runs the vectors. */
const SCRIPT = `
  const early = (() => { try { return acceptKey("x"); } catch (error) { return error.message; } })();
  await loadAll();
  const deflate = answerDeflate(offerDeflate());
  const [left, right] = [new Connection("client", { deflate }), new Connection("server", { deflate })];
  left.sendText("a".repeat(1000));
  const small = left.transmit();
  const inflated = right.receive(small).text(0).length;
  const server = new Connection("server");
  const refused = server.receive(Uint8Array.of(0x81, 0));
  const { checks, differences } = check(wsproof, await (await fetch("/vectors.json")).json());
  window.result = {
    early, backend: backend(), small: small.length < 50, inflated, violation: refused.violation.message,
    answer: [...server.transmit()], many: checks > 400, differences,
  };`;
const NAMES = "acceptKey, answerDeflate, backend, Connection, loadAll, offerDeflate";

/** A page whose script imports from these places. */
function page(entry, check) {
  return `<!doctype html><script type="module">
  import * as wsproof from "${entry}";
  import { check } from "${check}";
  const { ${NAMES} } = wsproof;${SCRIPT}</script>`;
}

let browser;
let server;
let bundle;

before(async () => {
  bundle = mkdtempSync(join(js, "dist", "bundle-"));
  writeFileSync(join(bundle, "index.html"), page("wsproof", join(js, "test", "vectors.mjs")));
  await build({ root: bundle, logLevel: "warn", build: { outDir: join(bundle, "out"), target: "es2022" } });
  const read = (path) => {
    const plain = /^\/(web|inline)\.html$/.exec(path);
    if (plain) return page(`./dist/${plain[1]}.js`, "./test/vectors.mjs");
    if (path === "/vectors.json") return readFileSync(vectors);
    return readFileSync(
      join(path.startsWith("/bundle/") ? join(bundle, "out") : js, normalize(path).replace("/bundle/", "/")),
    );
  };
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    // The bundle of an index page names its parts from the root.
    const path = pathname.startsWith("/assets/") ? `/bundle${pathname}` : pathname;
    try {
      const body = read(path);
      const type = TYPES[/\.\w+$/.exec(path)?.[0]] ?? "application/octet-stream";
      response.setHeader("content-type", type).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
  rmSync(bundle, { recursive: true, force: true });
});

for (const [title, path, late] of [
  ["a module script", "web.html", true],
  ["a module script with all inside", "inline.html", false],
  ["a bundle of Vite's", "bundle/index.html", true],
]) {
  test(`Chromium, ${title}: the shared vectors, and compression`, async () => {
    const tab = await browser.newPage();
    const errors = [];
    tab.on("pageerror", (error) => errors.push(error.message));
    await tab.goto(`http://127.0.0.1:${server.address().port}/${path}`);
    await tab.waitForFunction("window.result").catch(() => assert.fail(errors.join("\n") || "no result"));
    const { early, ...result } = await tab.evaluate("window.result");
    if (late) assert.match(early, /await loadAll\(\) first/);
    assert.deepEqual(result, {
      backend: "wasm",
      small: true,
      inflated: 1000,
      violation: "frame from a client is not masked (octet 1, RFC 6455 §5.1)",
      answer: [0x88, 2, 0x03, 0xea],
      many: true,
      differences: [],
    });
  });
}
