// `wsproof decode --web`: the page that the command writes.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { launch } from "./chromium.mjs";
import { capture, openPage, rows, show } from "./page.mjs";

// Built with the inspector in it; cargo xtask says how.
const command = process.env.WSPROOF;

let browser;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "wsproof-web-"));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("the file shows the capture at once", async () => {
  const file = join(folder, "page.html");
  const out = execFileSync(command, ["decode", capture("chat.pcap"), "--web", file], { encoding: "utf8" });
  assert.match(out, /1 connection; open it in a browser/);
  const { page, quiet } = await openPage(browser, pathToFileURL(file).href);
  await page.locator("body[data-ready='15']").waitFor();
  assert.equal(await page.getByTestId("source").textContent(), "chat.pcap Packet capture");
  assert.equal((await rows(page)).length, 15);
  quiet();
});

test("it is read as the command was told to", async () => {
  const file = join(folder, "told.html");
  const args = ["decode", "--web", file, "--sent-by", "server", "--deflate", "", "--format", "hex"];
  const { status, stderr } = spawnSync(command, args, {
    input: "c1 07 f2 48 cd c9 c9 07 00  81 02 61 ff",
    encoding: "utf8",
  });
  assert.equal(status, 1, stderr);
  const { page, quiet } = await openPage(browser, pathToFileURL(file).href);
  await page.locator("body[data-ready='2']").waitFor();
  assert.equal((await rows(page))[0], "server ↓|text|FIN|RSV1||7 B → 5 B|Hello");
  assert.equal(await page.getByTestId("violation-count").textContent(), "1");
  quiet();
});

test("an exported scenario runs again, and gives what the capture has", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("chat.pcap"));
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByTestId("export").selectOption("scenarioClient"),
  ]);
  const scenario = join(folder, "chat.json");
  copyFileSync(await download.path(), scenario);
  const echo = ["--", command, "echo", "server", "--listen", "127.0.0.1:{port}"];
  const args = ["test-server", "ws://127.0.0.1:{port}", "--scenario", scenario, "--outdir", join(folder, "reports")];
  const out = execFileSync(command, [...args, "--json", ...echo], { encoding: "utf8" });
  const [outcome] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  // The recorded server closed with 4001 in the end, which one that only echoes does not do.
  assert.equal(outcome.behavior, "OK", out);
  assert.match(outcome.reason, /4001/);
  quiet();
});

test("the page of a case in a report opens the inspector with that case", async () => {
  const reports = join(folder, "report");
  const echo = ["--", command, "echo", "server", "--listen", "127.0.0.1:{port}"];
  const args = ["test-server", "ws://127.0.0.1:{port}", "--cases", "1.1.2,6.4.1", "--outdir", reports, "--quiet"];
  execFileSync(command, [...args, ...echo]);
  const name = readdirSync(reports).find((name) => name.endsWith("_case_6_4_1.html"));
  const { page, quiet } = await openPage(browser, pathToFileURL(join(reports, name)).href);
  const link = page.getByRole("link", { name: "Open in the inspector" });
  await link.click();
  await page.locator("body[data-ready]").waitFor();
  assert.equal(await page.getByTestId("source").textContent(), `${name.replace(".html", ".json")} Case report`);
  const lines = await rows(page);
  assert.match(lines[0], /^client ↑\|text\|/);
  assert.match(await page.getByTestId("notes").textContent(), /case 6\.4\.1 of /);
  // Another case in the same page; then what is none.
  const address = new URL(page.url());
  for (const [hash, words] of [
    ["#case=x.json,AAAA", /cannot be read/],
    ["#case=<img src=x>,AAAA", undefined],
  ]) {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, hash);
    if (words) await page.getByText(words).first().waitFor();
  }
  assert.equal(address.protocol, "file:");
  quiet();
});
