// How long the inspector takes to show 100 000 frames, and the longest task of the page while they are scrolled through.
// node bench/inspector/run.mjs [FRAMES], after cargo xtask devtools. bench/README.md has figures.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch } from "../../inspector/test/chromium.mjs";

const frames = Number(process.argv[2] ?? 100_000);
const page = pathToFileURL(fileURLToPath(new URL("../../inspector/dist/inspector.html", import.meta.url))).href;
const { version } = createRequire(import.meta.url)("playwright-core/package.json");

/** Frames of a server: JSON texts of some 80 octets, and here and there a ping or a frame that breaks a rule. */
function capture() {
  const parts = [];
  for (let index = 0; index < frames; index++) {
    const text = JSON.stringify({ id: index, symbol: "ACME", bid: index / 7, ask: index / 6.9, kind: "quote" });
    if (index % 50 === 49) parts.push(Buffer.from([0x89, 1, index & 255]));
    else if (index % 1000 === 7) parts.push(Buffer.from([0xa1, 1, 97]));
    else parts.push(Buffer.from([0x81, text.length]), Buffer.from(text));
  }
  return Buffer.concat(parts);
}

const browser = await launch();
const tab = await browser.newPage({ viewport: { width: 1400, height: 900 } });
await tab.goto(page);
await tab.evaluate(() => {
  globalThis.tasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.tasks.push(duration);
  }).observe({ type: "longtask" });
  document.querySelector("[data-testid=file]").addEventListener(
    "change",
    () => {
      globalThis.began = performance.now();
      // How the file came into the browser is not the page's work.
      globalThis.tasks.length = 0;
    },
    true,
  );
  new MutationObserver(() => {
    if (document.querySelector("[data-row='0'] .preview")?.textContent) globalThis.shown ??= performance.now();
  }).observe(document.body, { subtree: true, childList: true });
});
const octets = capture();
const folder = mkdtempSync(join(tmpdir(), "wsproof-bench-"));
writeFileSync(join(folder, "quotes.bin"), octets);
await tab.getByTestId("file").setInputFiles(join(folder, "quotes.bin"));
await tab.waitForFunction(() => globalThis.shown !== undefined);
const load = await tab.evaluate(() => ({ ms: globalThis.shown - globalThis.began, tasks: globalThis.tasks.splice(0) }));

const scroll = await tab.evaluate(async () => {
  const list = document.querySelector("[data-testid=list]");
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const gaps = [];
  // By pages, then in leaps over the whole list.
  for (const step of [700, 40_000]) {
    for (let turn = 0; turn < 150; turn++) {
      const before = performance.now();
      list.scrollTop = (list.scrollTop + step) % (list.scrollHeight - list.clientHeight);
      await frame();
      gaps.push(performance.now() - before);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  gaps.sort((left, right) => left - right);
  return { median: gaps[gaps.length >> 1], worst: gaps.at(-1), tasks: globalThis.tasks.splice(0) };
});
const search = await tab.evaluate(async () => {
  const find = document.querySelector("[data-testid=find]");
  const before = performance.now();
  find.value = '/"id":9999\\d/';
  find.dispatchEvent(new Event("input"));
  while (!/ of /.test(document.querySelector("[data-testid=matches]").textContent)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { ms: performance.now() - before, tasks: globalThis.tasks.splice(0) };
});
const longest = (tasks) => (tasks.length === 0 ? "none over 50 ms" : `${Math.round(Math.max(...tasks))} ms`);
console.log(
  `${frames} frames, ${(octets.length / 2 ** 20).toFixed(1)} MiB; Chromium ${browser.version()}, playwright-core ${version}`,
);
console.log(`shown after       ${Math.round(load.ms)} ms; longest task ${longest(load.tasks)}`);
console.log(
  `scrolled          a frame every ${scroll.median.toFixed(1)} ms (median), ${scroll.worst.toFixed(1)} ms (worst); longest task ${longest(scroll.tasks)}`,
);
console.log(
  `searched (regex)  ${Math.round(search.ms)} ms, of which 150 ms wait for the next key; longest task ${longest(search.tasks)}`,
);
await browser.close();
rmSync(folder, { recursive: true });
