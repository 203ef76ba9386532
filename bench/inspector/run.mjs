// How long the inspector takes to show 100 000 frames of each source, and the tasks of the page's own thread, from
// Chromium's trace, while it loads, is scrolled and is searched.
// node bench/inspector/run.mjs [FRAMES], after cargo xtask devtools. bench/README.md has figures.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { ARGS, place } from "../../js/test/chromium.mjs";
import { CAPTURES } from "./captures.mjs";
import { traced } from "./trace.mjs";

const frames = Number(process.argv[2] ?? 100_000);
const page = pathToFileURL(fileURLToPath(new URL("../../inspector/dist/inspector.html", import.meta.url))).href;
const { version } = createRequire(import.meta.url)("playwright-core/package.json");
const folder = mkdtempSync(join(tmpdir(), "wsproof-bench-"));
// With scroll bars, which Playwright hides otherwise.
const browser = await chromium.launch({
  ...place(),
  headless: true,
  args: ARGS,
  ignoreDefaultArgs: ["--hide-scrollbars"],
});

function line(name, { tasks, longest }, rest = "") {
  const over = tasks.filter((ms) => ms > 50).length;
  const inside = longest.inside && longest.ms > 50 ? ` (${longest.inside})` : "";
  console.log(`| ${name} | ${Math.round(longest.ms)} ms${inside} | ${over} | ${tasks.length} |${rest}`);
}

/** A page that notes when a file was chosen and when its first row was shown with its payload. */
async function open() {
  const tab = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await tab.goto(page);
  await tab.evaluate(() => {
    document.querySelector("[data-testid=file]").addEventListener(
      "change",
      () => {
        globalThis.began = performance.now();
      },
      true,
    );
    new MutationObserver(() => {
      if (document.querySelector("[data-row='0'] .preview")?.textContent) globalThis.shown ??= performance.now();
    }).observe(document.body, { subtree: true, childList: true });
  });
  return tab;
}

/** Opens a capture while the browser traces. */
async function load(tab, file) {
  const measured = await traced(browser, tab, async () => {
    await tab.getByTestId("file").setInputFiles(file);
    await tab.waitForFunction(() => globalThis.shown !== undefined, null, { timeout: 120_000 });
    return tab.evaluate(() => globalThis.shown - globalThis.began);
  });
  return { ...measured, ms: measured.answer };
}

console.log(
  `${frames} frames; Chromium ${browser.version()}, playwright-core ${version}; load ${loadavg()[0].toFixed(1)}`,
);
console.log(
  "\n| source | MiB | shown after | longest task | tasks over 50 ms | tasks |\n| --- | --: | --: | --: | --: | --: |",
);
for (const [name, make] of Object.entries(CAPTURES)) {
  const file = join(folder, name);
  writeFileSync(file, make(frames));
  const tab = await open();
  const measured = await load(tab, file);
  line(`${name} | ${(statSync(file).size / 2 ** 20).toFixed(1)} | ${Math.round(measured.ms)} ms`, measured);
  await tab.close();
}

const tab = await open();
await load(tab, join(folder, "netlog.json"));
const list = tab.getByTestId("list");
const box = await list.boundingBox();
const middle = [box.x + box.width / 2, box.y + box.height / 2];
const pause = (ms) => tab.waitForTimeout(ms);
console.log("\n| while | longest task | over 50 ms | tasks |\n| --- | --: | --: | --: |");
line(
  "the wheel turns, 200 times",
  await traced(browser, tab, async () => {
    await tab.mouse.move(...middle);
    for (let turn = 0; turn < 200; turn++) await tab.mouse.wheel(0, turn < 100 ? 600 : 20_000);
    await pause(300);
  }),
);
line(
  "Page Down is pressed, 100 times",
  await traced(browser, tab, async () => {
    await list.focus();
    for (let turn = 0; turn < 100; turn++) await tab.keyboard.press("PageDown");
    await pause(300);
  }),
);
line(
  "End, Home, ten times",
  await traced(browser, tab, async () => {
    for (let turn = 0; turn < 10; turn++) {
      await tab.keyboard.press("End");
      await pause(30);
      await tab.keyboard.press("Home");
      await pause(30);
    }
    await pause(300);
  }),
);
let far = 0;
line(
  "the scroll bar is dragged over the whole list",
  await traced(browser, tab, async () => {
    const x = box.x + box.width - 7;
    await tab.mouse.move(x, box.y + 24);
    await tab.mouse.down();
    for (let step = 1; step <= 200; step++) {
      await tab.mouse.move(x, box.y + 24 + ((box.height - 40) * (step <= 100 ? step : 200 - step)) / 100);
      if (step === 100) far = await list.evaluate(({ scrollTop, scrollHeight }) => scrollTop / scrollHeight);
    }
    await tab.mouse.up();
    await pause(300);
  }),
);
if (far < 0.9) throw new Error(`the scroll bar was dragged to ${far} of the list only`);
const find = tab.getByTestId("find");
async function typed(name, text) {
  await find.fill("");
  await tab.waitForFunction(() => document.querySelector("[data-testid=matches]").textContent === "");
  const measured = await traced(browser, tab, async () => {
    await find.pressSequentially(text, { delay: 200 });
    const before = Date.now();
    await tab.waitForFunction(() => / of /.test(document.querySelector("[data-testid=matches]").textContent));
    await pause(1500);
    return Date.now() - before;
  });
  line(name, measured);
}
await typed("a word is typed that many rows have", "quote");
await typed("an expression is typed", '/"id":9999\\d/');
line(
  "others are shown again, matches marked",
  await traced(browser, tab, async () => {
    await find.fill("quote");
    await pause(1500);
    await tab.getByRole("button", { name: "Hide others" }).click();
    await pause(1000);
    await find.press("Enter");
    await find.press("Enter");
    await pause(500);
  }),
);
console.log(`\nload at the end ${loadavg()[0].toFixed(1)}`);
await browser.close();
rmSync(folder, { recursive: true });
