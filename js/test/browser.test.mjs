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

/** Cases in memory against our own server, right and broken, and a scenario. */
const ENGINE = `
  await loadAll();
  const create = (answer) => {
    let head = new Uint8Array(), connection, output = [];
    const peer = {
      closed: false,
      receiveData(octets) {
        if (connection === undefined) {
          head = Uint8Array.of(...head, ...octets);
          const request = readRequest(head);
          if (request === undefined) return;
          connection = new Connection("server");
          output.push(buildAccept(head));
          octets = head.slice(request.length);
        }
        const message = [];
        for (const { type, payload, last } of connection.receive(octets.slice())) {
          if (type !== "text" && type !== "binary") continue;
          pieces.push(payload.slice());
          if (!last) continue;
          const all = Uint8Array.from(pieces.splice(0).flatMap((piece) => [...piece]));
          if (type === "text") connection.sendText(answer(new TextDecoder().decode(all)));
          else connection.sendBinary(all);
        }
        output.push(connection.transmit());
        peer.closed = connection.tcpAction === "close";
      },
      dataToSend: () => output.splice(0),
      receiveEof: () => connection?.receiveEof(),
    };
    const pieces = [];
    return peer;
  };
  const verdicts = {};
  for (const one of choose({ cases: ["1.1.*", "2.*", "3.*", "4.*", "5.*", "6.2.*", "7.*"] })) {
    const { outcome, raised } = await runInMemory(one, create((text) => text));
    if (raised !== undefined) throw raised;
    verdicts[outcome.verdict] = (verdicts[outcome.verdict] ?? 0) + 1;
    if (outcome.fails(false)) throw new Error(outcome.explain(one, 60, 40));
  }
  const own = new Scenario("A text that comes back.").sendText("a").expectText("a").close().case();
  const { outcome } = await runInMemory(own, create((text) => text + "!"));
  let refused;
  try { choose({ cases: ["99"] }); } catch (error) { refused = error.name; }
  let files;
  try { choose({ scenarios: ["x.json"] }); } catch (error) { files = error.message; }
  const all = choose({ profile: "full" }).length;
  window.result = { verdicts, failed: outcome.explain(own, 60, 40), refused, files, all };`;

function enginePage(entry, engine) {
  return `<!doctype html><script type="module">
  import { buildAccept, Connection, loadAll, readRequest } from "${entry}";
  import { choose, runInMemory, Scenario } from "${engine}";${ENGINE}</script>`;
}

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
  writeFileSync(join(bundle, "engine.html"), enginePage("wsproof", "wsproof/test"));
  const input = ["index", "engine"].map((name) => join(bundle, `${name}.html`));
  const outDir = join(bundle, "out");
  await build({ root: bundle, logLevel: "warn", build: { outDir, target: "es2022", rolldownOptions: { input } } });
  const read = (path) => {
    const plain = /^\/(web|inline)\.html$/.exec(path);
    if (plain) return page(`./dist/${plain[1]}.js`, "./test/vectors.mjs");
    if (path === "/engine.html") return enginePage("./dist/web.js", "./dist/test-web.js");
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

for (const [title, path] of [
  ["a module script", "engine.html"],
  ["a bundle of Vite's", "bundle/engine.html"],
]) {
  test(`Chromium, ${title}: cases in memory`, async () => {
    const tab = await browser.newPage();
    const errors = [];
    tab.on("pageerror", (error) => errors.push(error.message));
    await tab.goto(`http://127.0.0.1:${server.address().port}/${path}`);
    await tab.waitForFunction("window.result").catch(() => assert.fail(errors.join("\n") || "no result"));
    const { verdicts, failed, refused, files, all } = await tab.evaluate("window.result");
    assert.deepEqual(verdicts, { pass: 94, "pass-with-notes": 3 });
    assert.match(failed, /^100\.1 {2}fail/);
    assert.match(failed, /received a text message of 2 octets|received {2}text message \(2 octets\) a!/);
    assert.equal(refused, "UsageError");
    assert.match(files, /there are no files/);
    assert.equal(all, 517);
  });
}
