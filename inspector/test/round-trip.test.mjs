// A failing exchange becomes a scenario in the inspector, and the same file gives the same verdict in `wsproof replay`,
// the pytest plugin and wsproof/test: fail against the server that was recorded, pass against a right one.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { launch, launchWith } from "./chromium.mjs";
import { openPage, show } from "./page.mjs";
import { beside } from "./panel.mjs";

// What cargo xtask has built: the command, and a Python that has the package.
const { WSPROOF: command, WSPROOF_PYTHON: python } = process.env;
const extension = fileURLToPath(new URL("../../devtools/dist/wsproof-devtools", import.meta.url));
const suite = fileURLToPath(new URL("replay.suite.mjs", import.meta.url));

let folder;
let browser;
let context;
const servers = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "wsproof-round-trip-"));
  browser = await launch();
  context = await launchWith(extension, join(folder, "profile"));
});
after(async () => {
  await context?.close();
  await browser?.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Starts a server that also has a page; its host. */
async function serve(upgrade) {
  const server = createServer((_, response) => response.end("<!doctype html><title>Page</title>"));
  server.on("upgrade", upgrade);
  servers.push(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${server.address().port}`;
}

/** Sends every frame back as it came, whatever is in it; under /rsv also with a bit that nobody agreed on. */
function mirror(request, socket) {
  const key = request.headers["sec-websocket-key"];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const heads = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  socket.write(`${[...heads, `Sec-WebSocket-Accept: ${accept}`].join("\r\n")}\r\n\r\n`);
  let held = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (octets) => {
    held = Buffer.concat([held, octets]);
    while (held.length >= 6) {
      const len = held[1] & 0x7f;
      assert.ok(len < 126, "the test sends short frames only");
      if (held.length < 6 + len) return;
      const payload = held.subarray(6, 6 + len).map((octet, at) => octet ^ held[2 + (at % 4)]);
      const opcode = held[0] & 15;
      const first = (opcode === 9 ? held[0] + 1 : held[0]) | (request.url === "/rsv" && opcode < 8 ? 0x10 : 0);
      socket.write(Buffer.concat([Buffer.from([first, len]), payload]));
      held = held.subarray(6 + len);
      if (opcode === 8) return socket.end();
    }
  });
}

/** A right server, of the library that most use. */
function right() {
  const sockets = new WebSocketServer({ noServer: true });
  return serve((request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (one) => {
      one.on("error", () => {});
      one.on("message", (data, binary) => one.send(data, { binary }));
    });
  });
}

/** Runs a program; its exit status and what it printed. */
function run(program, args, env = {}) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_TEST")));
  const options = { cwd: folder, env: { ...clean, NO_COLOR: "1", PYTHONUTF8: "1", ...env } };
  return new Promise((resolve) =>
    execFile(program, args, options, (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr })),
  );
}

/** The verdict of each face. */
async function verdicts(scenario, url) {
  const shown = ({ stdout, stderr }) => `${stdout}\n${stderr}`;
  const replayed = await run(command, ["replay", scenario, "--url", url, "--json", "--outdir", join(folder, "replay")]);
  assert.match(replayed.stdout, /"verdict":"/, shown(replayed));
  const tested = await run(python, [
    "-m",
    "pytest",
    "-p",
    "no:cacheprovider",
    `--ws-url=${url}`,
    `--ws-scenario=${scenario}`,
  ]);
  const [, count, outcome] = /(\d+) (passed|failed)/.exec(tested.stdout) ?? assert.fail(shown(tested));
  assert.equal(count, "1", shown(tested));
  const helped = await run(process.execPath, ["--test", "--test-reporter=tap", suite], {
    REPLAY_URL: url,
    REPLAY_SCENARIO: scenario,
  });
  assert.match(helped.stdout, /ok 1 - case 100\.1\b/, shown(helped));
  return {
    replay: JSON.parse(replayed.stdout.split("\n")[0]).verdict,
    pytest: { passed: "pass", failed: "fail" }[outcome],
    js: /not ok 1 - case 100\.1\b/.test(helped.stdout) ? "fail" : "pass",
    status: [replayed.status, tested.status, helped.status],
  };
}

const FAIL = { replay: "fail", pytest: "fail", js: "fail", status: [1, 1, 1] };
const PASS = { replay: "pass", pytest: "pass", js: "pass", status: [0, 0, 0] };

/** Saves what the client sent as a scenario. */
async function scenarioOf(page, name) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByTestId("export").selectOption("scenarioClient"),
  ]);
  const path = join(folder, name);
  copyFileSync(await download.path(), path);
  return path;
}

test("a live capture in the panel", async () => {
  const [wrong, good] = [await serve(mirror), await right()];
  const { page, panel, quiet } = await beside(context, extension, `http://${wrong}/`);
  const code = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send("go");
        socket.onclose = ({ code }) => resolve(code);
      }),
    `ws://${wrong}/rsv`,
  );
  assert.equal(code, 1006);
  await panel.getByTestId("connections").getByText("/rsv").waitFor();
  await panel.locator("[data-row]").first().waitFor();
  const scenario = await scenarioOf(panel, "live.json");
  assert.deepEqual(await verdicts(scenario, `ws://${wrong}/rsv`), FAIL);
  assert.deepEqual(await verdicts(scenario, `ws://${good}/`), PASS);
  quiet();
});

test("the report on a failed case in the page", async () => {
  const [wrong, good] = [await serve(mirror), await right()];
  const outdir = join(folder, "reports");
  for (const id of ["3.2", "6.3.1"]) {
    const { status } = await run(command, ["test-server", `ws://${wrong}/`, "--cases", id, "--outdir", outdir]);
    assert.equal(status, 1);
    const name = readdirSync(outdir).find((name) => name.endsWith(`_case_${id.replaceAll(".", "_")}.json`));
    const { page, quiet } = await openPage(browser);
    await show(page, join(outdir, name));
    assert.match(await page.getByTestId("source").textContent(), /Case report/);
    const scenario = await scenarioOf(page, `${id}.json`);
    assert.deepEqual(JSON.parse(readFileSync(scenario, "utf8")).close.by_fuzzer, false);
    assert.deepEqual(await verdicts(scenario, `ws://${wrong}/`), FAIL, id);
    assert.deepEqual(await verdicts(scenario, `ws://${good}/`), PASS, id);
    quiet();
  }
});

test("a scenario that no server can pass fails everywhere", async () => {
  const good = await right();
  const scenario = join(folder, "never.json");
  const steps = [
    { do: "frame", opcode: "ping" },
    { do: "close_after", seconds: 1 },
  ];
  const accept = [{ events: [{ event: "message", payload: { text: "never said" } }] }];
  writeFileSync(scenario, JSON.stringify({ description: "A ping, and a wish.", steps, accept }));
  assert.deepEqual(await verdicts(scenario, `ws://${good}/`), FAIL);
});
