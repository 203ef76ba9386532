// Servers that want a token or a client certificate, or that are on a Unix socket, by describeServer.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { generate } from "selfsigned";

const addon = createRequire(import.meta.url)("../dist/run.node");
const suite = fileURLToPath(new URL("reach.suite.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wsproof-reach-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs these suites; how many tests passed, and what was printed. */
function run(what) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_TEST")));
  const env = { ...clean, REACH: JSON.stringify({ folder, what }) };
  return new Promise((resolve) =>
    execFile(process.execPath, ["--test", "--test-reporter=tap", suite], { env, maxBuffer: 1 << 26 }, (_, out) =>
      resolve({ out, passed: (out.match(/^ {4}ok \d+ - case /gm) ?? []).length }),
    ),
  );
}

test("a token lets in, and is in no report", async () => {
  const { out, passed } = await run("token");
  assert.equal(passed, 3 * 4, out);
  const report = join(folder, "report");
  const texts = readdirSync(report).map((name) => readFileSync(join(report, name), "utf8"));
  assert.ok(texts.some((text) => /uthorization: Bearer \*\*\*/.test(text)));
  assert.ok(!texts.some((text) => text.includes("t0ken-of-mine")));
  const without = await run("none");
  assert.equal(without.passed, 0, without.out);
  assert.match(without.out, /401/);
});

test("a Unix socket", { skip: process.platform === "win32" && "Windows has none" }, async () => {
  const { out, passed } = await run("unix");
  assert.equal(passed, 2 * 4, out);
});

test("a client certificate lets in, and authorities are asked", async () => {
  for (const name of ["server", "client"]) {
    const extensions = [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ];
    const made = await generate([{ name: "commonName", value: name }], { extensions, algorithm: "sha256" });
    writeFileSync(join(folder, `${name}.pem`), made.cert);
    writeFileSync(join(folder, `${name}.key`), made.private);
  }
  const { out, passed } = await run("tls");
  assert.equal(passed, 2 * 4, out);
  const stranger = await run("stranger");
  assert.equal(stranger.passed, 0, stranger.out);
});

test("what cannot be done is told", () => {
  const [one] = addon.select(["1.1.1"], [], []);
  for (const [url, options, wanted] of [
    ["ws://h", { headers: [["Upgrade", "x"]] }, /itself writes Upgrade/],
    ["ws://h", { headers: [["X", "a\r\nY: b"]] }, /line end/],
    ["ws://h", { headers: [["X"]] }, /pairs of a name and a value/],
    ["ws://u:p@h", { headers: [["Authorization", "x"]] }, /give one of them/],
    ["ws://h", { cert: "a.pem" }, /cert and key go together/],
    ["wss://h", { cert: "no.pem", key: "no.key" }, /cannot read the certificate no\.pem/],
    ["ws://h", { ca: "no.pem" }, /wss:/],
  ]) {
    assert.throws(() => new addon.ServerRun(url, [one], options), { code: "InvalidArg", message: wanted });
  }
});

test("quick is the profile unless another is given", () => {
  const load = (profile) => addon.select([], [], [], profile).length;
  assert.deepEqual([load(undefined), load("quick"), load("full"), load("core")], [517, 517, 517, 247]);
  const [given] = addon.select(["9.7.1"], [], [], "quick");
  const [full] = addon.select(["9.7.1"], [], [], "full");
  const [none] = addon.select(["9.7.1"], [], []);
  assert.equal(none.toJsonText(), given.toJsonText());
  assert.notEqual(none.toJsonText(), full.toJsonText());
});
