// Chromium under test: the fuzzing server's own page drives it through all cases. WSPROOF_PROFILE=full sends all of the
// messages in the long loops.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.mjs";

const profile = process.env.WSPROOF_PROFILE ?? "quick";

/** What Chromium does otherwise than a plain OK, by case: one verdict, or two when it depends on timing. */
const expected = new Map();
const file = JSON.parse(readFileSync(new URL("chromium.expected.json", import.meta.url), "utf8"));
for (const { verdict, or, cases } of file.exceptions) {
  for (const id of cases.split(" ")) expected.set(id, or === undefined ? [verdict] : [verdict, or]);
}

test(`Chromium on all cases (profile ${profile}): the verdicts that it is known for`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "wsproof-chromium-"));
  const program = fileURLToPath(new URL("../dist/wsproof.cjs", import.meta.url));
  const free = "127.0.0.1:0";
  const args = ["test-client", "--profile", profile, "--listen", free, "--web", free, "--outdir", folder];
  const server = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => server.on("exit", resolve));
  let output = "";
  const url = new Promise((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.on("data", (text) => {
        output += text;
        const found = /by (http:\/\/\S+)/.exec(output);
        if (found) resolve(found[1]);
      });
    }
    server.on("exit", () => reject(new Error(output)));
  });
  let browser;
  try {
    const address = await url;
    browser = await launch();
    const page = await browser.newPage();
    await page.goto(address);
    await page.waitForFunction(() => document.querySelector("#status").textContent.startsWith("Ready: "));
    await page.selectOption("#jobs", "8");
    await page.fill("#agent", "Chromium");
    await page.click("#start");
    await page.waitForFunction(() => document.documentElement.dataset.state === "done", null, { timeout: 0 });
    assert.match(await page.textContent("#status"), /^All 517 cases done in /);
    server.kill("SIGINT");
    await ended;
    const results = Object.entries(JSON.parse(readFileSync(join(folder, "index.json"), "utf8")).Chromium);
    assert.equal(results.length, 517);
    const wrong = {};
    for (const [id, { behavior, behaviorClose }] of results) {
      const verdict = `${behavior} / ${behaviorClose}`;
      const right = expected.get(id) ?? ["OK / OK", "INFORMATIONAL / INFORMATIONAL"];
      if (!right.includes(verdict)) wrong[id] = `${verdict}, not ${right.join(" or ")}`;
    }
    assert.deepEqual(wrong, {});
  } finally {
    await browser?.close();
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});
