// The panel beside a page, in a Chromium that has the extension.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

/** Chromium names an unpacked extension after its path. */
export function idOf(path) {
  const digest = createHash("sha256").update(path).digest("hex").slice(0, 32);
  return [...digest].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join("");
}

/** A page at this address, and the panel that captures it. */
export async function beside(context, extension, address, prepare = async () => {}) {
  const page = await context.newPage();
  await page.goto(address);
  await prepare(page);
  const panel = await context.newPage();
  const trouble = [];
  panel.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
  panel.on("pageerror", (error) => trouble.push(String(error)));
  await panel.setViewportSize({ width: 1200, height: 700 });
  await panel.goto(`chrome-extension://${idOf(extension)}/panel.html`);
  // Without permission for its address the tab is known by its order: the one before the panel.
  const tabId = await panel.evaluate(async () => {
    const own = await chrome.tabs.getCurrent();
    const all = await chrome.tabs.query({ windowId: own.windowId });
    return all.find(({ index }) => index === own.index - 1).id;
  });
  await panel.goto(`chrome-extension://${idOf(extension)}/panel.html?tabId=${tabId}`);
  await panel.getByTestId("record").click();
  await panel.getByTestId("state").getByText("Capturing").waitFor();
  return { page, panel, quiet: () => assert.deepEqual(trouble, []) };
}
