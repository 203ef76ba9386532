// The Chromium of this machine, with an extension.
import { chromium } from "playwright-core";
import { ARGS, place } from "../../js/test/chromium.mjs";

export { launch } from "../../js/test/chromium.mjs";

/** Starts it without a window, with this extension in this profile. */
export function launchWith(extension, profile, more = []) {
  const load = [`--disable-extensions-except=${extension}`, `--load-extension=${extension}`];
  return chromium.launchPersistentContext(profile, { ...place(), headless: true, args: [...ARGS, ...more, ...load] });
}
