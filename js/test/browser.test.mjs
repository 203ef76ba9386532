// A real Chromium: the module loaded by a plain <script type="module">, from a server of static files.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { chromium } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = PLACES.find((place) => place && existsSync(place));

const PAGE = `<!doctype html><script type="module">
  import { answerDeflate, backend, Connection, Decoder, Encoder, loadAll, offerDeflate } from "./dist/ENTRY";
  const wire = new Encoder("client").encode(1, "grüß");
  const batch = new Decoder("server").feed(wire);
  const server = new Connection("server");
  const refused = server.receive(Uint8Array.of(0x81, 0));
  await loadAll();
  const deflate = answerDeflate(offerDeflate());
  const [left, right] = [new Connection("client", { deflate }), new Connection("server", { deflate })];
  left.sendText("a".repeat(1000));
  const small = left.transmit();
  const inflated = right.receive(small).text(0).length;
  window.result = { small: small.length < 50, inflated, backend: backend(), text: batch.text(0), violation: refused.violation.message, answer: [...server.transmit()] };
</script>`;

function serve() {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const page = /^\/(web|inline)\.html$/.exec(path);
    if (page)
      return response.setHeader("content-type", "text/html; charset=utf-8").end(PAGE.replace("ENTRY", `${page[1]}.js`));
    const file = /^\/dist\/([\w.-]+)$/.exec(path);
    if (!file) return response.writeHead(404).end();
    response.setHeader("content-type", path.endsWith(".js") ? "text/javascript" : "application/octet-stream");
    response.end(readFileSync(new URL(`../dist/${file[1]}`, import.meta.url)));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

test("Chromium decodes as Node does", async () => {
  // Elsewhere Playwright knows where Chrome is.
  const channel = process.platform === "linux" ? undefined : "chrome";
  assert.ok(
    executablePath ?? channel,
    "no Chromium: install the package chromium, or name one in the variable CHROMIUM",
  );
  const server = await serve();
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath, channel, headless: true, args });
  try {
    for (const entry of ["web", "inline"]) {
      const page = await browser.newPage();
      const errors = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.goto(`http://127.0.0.1:${server.address().port}/${entry}.html`);
      await page.waitForFunction("window.result").catch(() => assert.fail(errors.join("\n")));
      assert.deepEqual(await page.evaluate("window.result"), {
        small: true,
        inflated: 1000,
        backend: "wasm",
        text: "grüß",
        violation: "frame from a client is not masked (octet 1, RFC 6455 §5.1)",
        answer: [0x88, 2, 0x03, 0xea],
      });
    }
  } finally {
    await browser.close();
    server.close();
  }
});
