// The page in a browser, and what is read from it.
import assert from "node:assert/strict";
import { fileURLToPath, pathToFileURL } from "node:url";

const PAGE = pathToFileURL(fileURLToPath(new URL("../dist/inspector.html", import.meta.url))).href;

export const capture = (name) => fileURLToPath(new URL(`../../inspect/tests/captures/${name}`, import.meta.url));

/** Opens the page; what goes wrong in it, or leaves it, is kept. */
export async function openPage(browser, url = PAGE) {
  const context = await browser.newContext({ viewport: { width: 1300, height: 800 } });
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.push(message.text());
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("dialog", (dialog) => {
    trouble.push(`a dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!/^(file|blob|chrome-extension):/.test(request.url())) trouble.push(`a request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, quiet: () => assert.deepEqual(trouble, []) };
}

/** Opens octets, or a file by its path, and waits until they are shown, or refused. */
export async function show(page, file) {
  const files =
    typeof file === "string" ? file : { name: file.name, mimeType: "text/plain", buffer: Buffer.from(file.octets) };
  await page.evaluate(() => {
    delete document.body.dataset.ready;
  });
  await page.getByTestId("file").setInputFiles(files);
  await page.locator("body[data-ready], .failure, .hint:text('There is no WebSocket')").first().waitFor();
}

/** The rows in sight, a line each: sender, opcode, FIN, RSV, mask, length, payload. */
export async function rows(page) {
  // Previews come a moment after their rows.
  await page.waitForTimeout(150);
  return page.locator("[data-row]").evaluateAll((rows) =>
    rows.map((row) =>
      Array.from(row.children, (cell) => cell.textContent)
        .filter((_, column) => column >= 2)
        .join("|"),
    ),
  );
}

export async function tab(page, name) {
  await page.getByRole("tab", { name }).click();
  return page.getByRole("tabpanel");
}

/** Chooses a row and gives the detail pane. */
export async function detail(page, row) {
  await page.locator(`[data-row="${row}"]`).click();
  await page
    .getByTestId("detail")
    .locator("h2")
    .getByText(new RegExp(`row ${row}\\b`))
    .waitFor();
  return page.getByTestId("detail");
}
