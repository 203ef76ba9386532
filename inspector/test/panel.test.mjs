// The built extension in a real Chromium, beside a page that talks to a real server.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { launchWith } from "./chromium.mjs";
import { capture, detail, rows, show, tab } from "./page.mjs";
import { beside, idOf } from "./panel.mjs";

const extension = fileURLToPath(new URL("../../devtools/dist/wsproof-devtools", import.meta.url));

let context;
let profile;
let server;
let origin;

/** Says what each path asks for, on a real server. */
function talk(socket, request) {
  const raw = socket._socket;
  if (request.url.startsWith("/bad")) {
    // A close frame with a code that must not be sent (RFC 6455 §7.4.1).
    socket.send("before");
    raw.write(Buffer.from([0x88, 2, 0x03, 0xed]));
    return;
  }
  if (request.url.startsWith("/rsv")) {
    raw.write(Buffer.from([0xa1, 1, 0x61]));
    return;
  }
  socket.on("message", (data, binary) => {
    socket.send(data, { binary });
    if (binary || String(data) !== "go") return;
    socket.ping("p1");
    socket.send("frag-", { fin: false });
    socket.send("men", { fin: false });
    socket.send("ted", { fin: true });
    socket.send("x".repeat(5000), { compress: true });
    socket.send('{"price": 42.5, "deep": {"list": [1, 2, 3]}}');
  });
}

before(async () => {
  server = createServer((request, response) => {
    const worker = request.url === "/worker.js";
    response.setHeader("content-type", worker ? "text/javascript" : "text/html");
    response.end(
      worker
        ? `const ws = new WebSocket("ws://" + location.host + "/in-worker");
           ws.onopen = () => ws.send("from a worker"); ws.onmessage = ({ data }) => { postMessage(data); ws.close(); };`
        : "<!doctype html><title>Page</title><h1>A page</h1>",
    );
  });
  new WebSocketServer({ server, perMessageDeflate: { threshold: 1024 } }).on("connection", (socket, request) => {
    socket.on("error", () => {});
    talk(socket, request);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `127.0.0.1:${server.address().port}`;
  profile = mkdtempSync(join(tmpdir(), "wsproof-panel-"));
  context = await launchWith(extension, profile);
});

after(async () => {
  await context?.close();
  server?.closeAllConnections();
  server?.close();
  if (profile) rmSync(profile, { recursive: true, force: true });
});

/** A page, and the panel that looks at it. */
const pair = (prepare) => beside(context, extension, `http://${origin}/`, prepare);

/** Opens a socket in the page, says these things, closes it when so many answers have come. */
function converse(page, path, sends, answers, code = 4001) {
  return page.evaluate(
    ([url, sends, answers, code]) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.binaryType = "arraybuffer";
        let left = answers;
        socket.onopen = () => {
          for (const data of sends) socket.send(Array.isArray(data) ? Uint8Array.from(data) : data);
        };
        socket.onmessage = () => {
          left--;
          if (left === 0) socket.close(code, "done");
        };
        socket.onclose = ({ code }) => resolve(code);
      }),
    [`ws://${origin}${path}`, sends, answers, code],
  );
}

async function connection(panel, path) {
  await panel.getByTestId("connections").getByRole("button", { name: path }).click();
  await panel.locator(`[data-testid=connections] [aria-current=true]:has-text("${path}")`).waitFor();
}

test("live: messages of both ends, joined and inflated, and how the page saw it close", async () => {
  const { page, panel, quiet } = await pair();
  assert.equal(await converse(page, "/talk", ["go", [0, 1, 2, 254]], 5), 4001);
  await panel.getByTestId("connections").getByText("7 messages").waitFor();
  const lines = await rows(panel);
  const blind = "–|–|–";
  assert.deepEqual(lines, [
    `client ↑|text|${blind}|2 B|go`,
    `client ↑|binary|${blind}|4 B|0001 02fe`,
    `server ↓|text|${blind}|2 B|go`,
    `server ↓|text|${blind}|11 B|frag-mented`,
    `server ↓|text|${blind}|4.9 KiB|${"x".repeat(160)}`,
    `server ↓|text|${blind}|44 B|{"price": 42.5, "deep": {"list": [1, 2, 3]}}`,
    `server ↓|binary|${blind}|4 B|0001 02fe`,
  ]);
  const pane = await detail(panel, 5);
  assert.match(await pane.locator(".json").textContent(), /price: 42\.5/);
  assert.match(await pane.textContent(), /how it was framed, masked and compressed is not known/);
  assert.match(await panel.getByTestId("notes").textContent(), /messages only: no masks, fragments, pings/);
  assert.match(await (await tab(panel, "Statistics")).textContent(), /The page was told 4001 “done”, cleanly/);
  const handshake = await tab(panel, "Handshake");
  assert.match(await handshake.textContent(), /answers the key/);
  assert.match(await handshake.textContent(), /permessage-deflate/);
  assert.equal(await handshake.locator("td.bad").count(), 0);
  quiet();
});

test("live: broken rules that the browser tells of", async () => {
  const { page, panel, quiet } = await pair();
  // A page may say anything through the function that the panel put there.
  await page.evaluate(() => {
    const closed = { kind: "closed", id: 0, url: "ws://x/", code: "<img>", reason: {}, wasClean: [] };
    for (const text of ["", "{", "null", "7", JSON.stringify(closed), JSON.stringify({ ...closed, kind: "made" })]) {
      globalThis.__wsproof(text);
    }
  });
  assert.equal(await converse(page, "/bad", [], 9), 1006);
  assert.equal(await converse(page, "/rsv", [], 9), 1006);
  await connection(panel, "/bad");
  assert.match(await (await tab(panel, "Violations")).textContent(), /RFC 6455 §7\.4.*told by the browser/);
  await connection(panel, "/rsv");
  await panel
    .getByTestId("violations")
    .getByText(/reserved bits are on.*RFC 6455 §5\.2/)
    .waitFor();
  assert.match(await (await tab(panel, "Statistics")).textContent(), /The page was told 1006, not cleanly/);
  quiet();
});

test("live: workers, reloads, pause, clear", async () => {
  const { page, panel, quiet } = await pair();
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        new Worker("/worker.js").onmessage = resolve;
      }),
  );
  await connection(panel, "/in-worker");
  await panel.locator("[data-row='1']").waitFor();
  assert.match((await rows(panel))[0], /from a worker/);
  await page.reload();
  assert.equal(await converse(page, "/after-reload", ["again"], 1, 4002), 4002);
  await connection(panel, "/after-reload");
  await panel.getByTestId("connections").getByRole("button", { name: "/in-worker" }).waitFor();
  assert.match(await (await tab(panel, "Statistics")).textContent(), /The page was told 4002/);
  await panel.getByTestId("record").click();
  await panel.getByTestId("state").getByText("Paused").waitFor();
  await converse(page, "/unseen", ["a"], 1);
  await panel.getByTestId("record").click();
  await panel.getByTestId("state").getByText("Capturing").waitFor();
  await converse(page, "/seen", ["b"], 1);
  await connection(panel, "/seen");
  assert.equal(await panel.getByTestId("connections").getByRole("button", { name: "/unseen" }).count(), 0);
  await panel.getByTestId("clear").click();
  await panel.getByTestId("paste").waitFor();
  await converse(page, "/anew", ["c"], 1);
  await connection(panel, "/anew");
  assert.equal(await panel.getByTestId("connections").getByRole("button").count(), 1);
  quiet();
});

test("live: a socket that was open before, and one that stays open while the panel is cleared", async () => {
  const { page, panel, quiet } = await pair(async (page) => {
    await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          globalThis.early = new WebSocket(url);
          globalThis.early.onopen = resolve;
        }),
      `ws://${origin}/early`,
    );
  });
  await page.evaluate(() => globalThis.early.send("late"));
  await connection(panel, "Opened before capturing began");
  assert.match(await (await tab(panel, "Handshake")).textContent(), /opened before capturing began/);
  await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        globalThis.lasting = new WebSocket(url);
        globalThis.lasting.onopen = resolve;
      }),
    `ws://${origin}/lasting`,
  );
  await connection(panel, "/lasting");
  await panel.getByTestId("clear").click();
  await connection(panel, "/lasting");
  await page.evaluate(() => globalThis.lasting.send("after the clearing"));
  await tab(panel, "Messages");
  await panel.locator("[data-row='1']").waitFor();
  assert.match((await rows(panel))[1], /server ↓.*after the clearing/);
  assert.match(await (await tab(panel, "Handshake")).textContent(), /answers the key/);
  quiet();
});

test("without permission: messages by the network log, as it grows", async () => {
  const id = idOf(extension);
  const panel = await context.newPage();
  const [entry] =
    JSON.parse(readFileSync(capture("messages.har"), "utf8")).log?.entries ??
    JSON.parse(readFileSync(capture("messages.har"), "utf8"));
  // Chromium's own log, given piece by piece: some versions leave WebSockets out of what they give to a panel.
  await panel.addInitScript(
    (entry) => {
      globalThis.given = 2;
      const part = () => ({ ...entry, _webSocketMessages: entry._webSocketMessages.slice(0, globalThis.given) });
      Object.defineProperty(chrome, "devtools", {
        value: {
          inspectedWindow: { tabId: 1 },
          network: { getHAR: (done) => done({ entries: [{ _resourceType: "document" }, part()] }) },
        },
      });
    },
    { ...entry, startedDateTime: new Date().toISOString() },
  );
  await panel.goto(`chrome-extension://${id}/panel.html`);
  await panel.getByTestId("mode").selectOption("har");
  await panel.getByTestId("record").click();
  await panel.locator("[data-row='1']").waitFor();
  assert.equal(await panel.locator("[data-row]").count(), 2);
  await panel.locator("[data-row='1']").click();
  await panel.evaluate(() => {
    globalThis.given = 9;
  });
  await panel.locator("[data-row='8']").waitFor();
  // What was chosen stays chosen.
  await panel.locator("[data-row='1'][aria-selected='true']").waitFor();
  await panel.getByTestId("clear").click();
  await panel.getByTestId("paste").waitFor();
  await panel.waitForTimeout(1500);
  assert.equal(await panel.locator("[data-row]").count(), 0);
});

test("wire mode: a net-export log on the panel has every frame", async () => {
  const { panel, quiet } = await pair();
  await show(panel, capture("netlog.json"));
  const lines = await rows(panel);
  assert.equal(lines.length, 15);
  assert.equal(lines[3], "server ↓|ping|FIN|||2 B|p1");
  quiet();
});

test("it asks for one permission, and for none", () => {
  const manifest = (name) => JSON.parse(readFileSync(join(extension, "..", name, "manifest.json"), "utf8"));
  assert.deepEqual(manifest("wsproof-devtools").permissions, ["debugger"]);
  assert.deepEqual(manifest("wsproof-devtools-har").permissions, []);
  for (const name of ["wsproof-devtools", "wsproof-devtools-har"]) {
    const { host_permissions, content_scripts, content_security_policy: policy } = manifest(name);
    assert.deepEqual([host_permissions, content_scripts], [undefined, undefined]);
    assert.match(policy.extension_pages, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    assert.equal(
      readFileSync(join(extension, "..", `${name}.zip`))
        .subarray(0, 2)
        .toString(),
      "PK",
    );
  }
});
