// `npx wsproof` and `npx wstest`: the same commands as elsewhere, inside Node.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Scenario } from "wsproof/test";

const addon = createRequire(import.meta.url)("../dist/run.node");
const program = (name) => fileURLToPath(new URL(`../dist/${name}.cjs`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wsproof-command-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const run = (name, ...args) =>
  spawnSync(process.execPath, [program(name), ...args], { cwd: folder, encoding: "utf8", timeout: 60_000 });

test("they say who they are, and refuse what makes no sense", () => {
  assert.match(run("wsproof", "--version").stdout, /^wsproof \d/);
  assert.match(run("wsproof", "explain", "6.4.3").stdout, /6\.4\.3/);
  const wrong = run("wsproof", "no-such-command");
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /no-such-command/);
  assert.match(run("wstest", "--help").stdout, /fuzzingserver/);
  assert.notEqual(run("wstest", "-m", "no-such-mode").status, 0);
});

test("a run writes its report, and its exit status tells how it went", () => {
  const good = run("wsproof", "--cases", "1.1.*", "--outdir", "good");
  assert.equal(good.status, 0, good.stdout + good.stderr);
  const unreachable = run("wsproof", "test-server", "ws://127.0.0.1:1", "--cases", "1.1.1", "--outdir", "bad");
  assert.equal(unreachable.status, 3);
  assert.match(unreachable.stderr, /127\.0\.0\.1:1/);
  assert.match(readFileSync(join(folder, "good", "servers", "index.html"), "utf8"), /1\.1\.8/);
});

test("frames can be wrong in each way", () => {
  const { steps } = JSON.parse(
    new Scenario("wrong frames")
      .sendFrame("text", "x", { mask: "none" })
      .sendFrame("text", "x", { mask: Uint8Array.of(1, 2, 3, 4), length: 64 })
      .sendFrame("binary", "", { announce: 2 ** 63 })
      .sendFrame("text", "Hello", { rsv: 4, deflate: { block: "fixed", final: true } })
      .sendOctets(Uint8Array.of(0, 255), { chop: 1 })
      .expectClose([1002])
      .case()
      .toJsonText(),
  );
  assert.deepEqual([steps[0].mask, steps[1].mask, steps[1].length], ["none", "01020304", 64]);
  assert.equal(steps[2].announce, 2 ** 63);
  // RFC 7692 §7.2.3.4.
  assert.deepEqual(steps[3].payload, { hex: "f348cdc9c9070000" });
  assert.deepEqual(steps[4], { do: "octets", payload: { hex: "00ff" }, chop: 1 });
});

test("a dialogue is judged step by step", () => {
  const alive = new Scenario("not masked", { clauses: [["MUST", "RFC 6455 §5.1"]] })
    .sendMessage("alive?")
    .awaitMessage("alive?", { otherwise: "incomplete", within: 2 });
  const refused = alive.sendFrame("text", "x", { mask: "none" }).awaitRefusal();
  const { steps, judge } = JSON.parse(refused.case().toJsonText());
  assert.deepEqual(judge, { by: "steps" });
  assert.deepEqual([steps[1].otherwise, steps[1].within, steps[3].codes], ["incomplete", 2, [1002]]);
  const pinged = alive
    .awaitSilence(0.1)
    .sendPing("p")
    .awaitPong("p", { clause: ["MUST", "RFC 6455 §5.5.2"] });
  const named = JSON.parse(pinged.case().toJsonText()).steps;
  assert.deepEqual(named[4].clause, { level: "MUST", section: "RFC 6455 §5.5.2" });
  assert.throws(() => pinged.expectText("x").case(), /leave `accept` out/);
});

test("a scenario that was built here is run by the command", () => {
  const file = join(folder, "ping.json");
  const scenario = new Scenario("A ping between two fragments.", { clauses: [["MUST", "RFC 6455 §5.4"]] })
    .sendText("a", { fin: false })
    .sendPing("x")
    .sendContinuation("b", { chop: 1 })
    .expectPong("x")
    .expectText("ab")
    .orElse("NON-STRICT")
    .expectText("ab")
    .close(1000);
  scenario.save(file);
  // What is read from the file is the same case.
  const kept = (text) => JSON.parse(text);
  assert.deepEqual(kept(addon.loadScenarios([file])[0].toJsonText()), kept(scenario.case().toJsonText()));
  const server = [process.execPath, program("wsproof"), "echo", "server", "--listen", "127.0.0.1:{port}"];
  const args = [
    "test-server",
    "ws://127.0.0.1:{port}",
    "--scenario",
    file,
    "--outdir",
    "own",
    "--strict",
    "--",
    ...server,
  ];
  const { status, stdout, stderr } = run("wsproof", ...args);
  assert.equal(status, 0, stdout + stderr);
  assert.match(readFileSync(join(folder, "own", "index.json"), "utf8"), /"100\.1"/);
});

test("Ctrl-C ends a run at once", { skip: process.platform === "win32" }, async () => {
  const server = spawn(process.execPath, [program("wsproof"), "test-client", "--listen", "127.0.0.1:0"], {
    cwd: folder,
  });
  const ended = new Promise((resolve) => server.on("exit", (status, signal) => resolve({ status, signal })));
  await new Promise((resolve) => {
    for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => /ws:\/\//.test(text) && resolve());
  });
  server.kill("SIGINT");
  assert.deepEqual(await ended, { status: 130, signal: null });
});
