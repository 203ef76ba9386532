// The Chromium of this machine.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** No sandbox, since tests run as root in containers; nothing that calls home. */
export const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where it is. */
export function place() {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  // Elsewhere Playwright knows where Chrome is.
  const channel = process.platform === "linux" ? undefined : "chrome";
  assert.ok(
    executablePath ?? channel,
    "no Chromium: install the package chromium (apt-get install chromium), or name a program in the variable CHROMIUM",
  );
  return { executablePath, channel };
}

/** Starts it without a window, with a fresh profile. */
export function launch() {
  return chromium.launch({ ...place(), headless: true, args: ARGS });
}
