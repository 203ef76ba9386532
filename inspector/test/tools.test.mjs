// The panel in the developer tools themselves: it is there, and captures while they are open.
//
// Playwright does not list that window, and how a panel is shown in it is Chromium's own affair; so the rest of the tests
// opens the panel as a page (panel.test.mjs).
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchWith } from "./chromium.mjs";
import { serveEcho } from "./echo.mjs";

const extension = fileURLToPath(new URL("../../devtools/dist/wsproof-devtools", import.meta.url));

let context;
let profile;
let server;

before(async () => {
  server = await serveEcho();
  profile = mkdtempSync(join(tmpdir(), "wsproof-tools-"));
  context = await launchWith(extension, profile, ["--auto-open-devtools-for-tabs"]);
});

after(async () => {
  await context?.close();
  server?.closeAllConnections();
  server?.close();
  if (profile) rmSync(profile, { recursive: true, force: true });
});

/** A target that Playwright does not list: evaluates in it. */
async function attach(session, find) {
  for (let left = 100; left > 0; left--) {
    const { targetInfos } = await session.send("Target.getTargets", { filter: [{}] });
    const target = targetInfos.find(find);
    if (target) {
      const { sessionId } = await session.send("Target.attachToTarget", { targetId: target.targetId, flatten: false });
      let id = 0;
      return (expression) =>
        new Promise((resolve, reject) => {
          const own = ++id;
          const listen = (event) => {
            if (event.sessionId !== sessionId) return;
            const message = JSON.parse(event.message);
            if (message.id !== own) return;
            session.off("Target.receivedMessageFromTarget", listen);
            const failure = message.error ?? message.result.exceptionDetails;
            if (failure) reject(new Error(JSON.stringify(failure)));
            else resolve(message.result.result.value);
          };
          session.on("Target.receivedMessageFromTarget", listen);
          const params = { expression, awaitPromise: true, returnByValue: true };
          const message = JSON.stringify({ id: own, method: "Runtime.evaluate", params });
          session.send("Target.sendMessageToTarget", { sessionId, message }).catch(reject);
        });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("there is no such target");
}

async function until(ask, wanted) {
  let got;
  for (let left = 100; left > 0; left--) {
    got = await ask();
    if (wanted(got)) return got;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`it stays ${JSON.stringify(got)}`);
}

test("in the developer tools", async () => {
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const session = await context.browser().newBrowserCDPSession();
  const tools = await attach(session, ({ url, title }) => url.startsWith("devtools://") && title.includes("127.0.0.1"));
  const shown = await until(
    () =>
      tools(`(async () => {
        const ui = await import("./ui/legacy/legacy.js");
        const view = ui.InspectorView.InspectorView.instance();
        const id = view.tabbedPane.tabIds().find((id) => id.endsWith("WSproof"));
        if (id) await view.showPanel(id);
        return id ?? "";
      })()`),
    (id) => id !== "",
  );
  assert.match(shown, /^chrome-extension:/);
  const panel = await attach(
    session,
    ({ url }) => url.startsWith("chrome-extension://") && url.endsWith("/panel.html"),
  );
  const state = (wanted) =>
    until(
      () => panel(`document.querySelector("[data-testid=state]")?.textContent ?? ""`),
      (text) => text === wanted,
    );
  await state("Paused");
  const modes = await panel(
    `[...document.querySelectorAll("[data-testid=mode] option")].map(({ value }) => value).join()`,
  );
  assert.equal(modes, "live,har");
  await panel(`document.querySelector("[data-testid=record]").click()`);
  await state("Capturing");
  await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send("seen in the tools");
        socket.onmessage = () => socket.close();
        socket.onclose = resolve;
      }),
    `ws://127.0.0.1:${server.address().port}/tools`,
  );
  // The window is in the background, where the browser draws nothing: no rows, but their number.
  await until(
    () => panel(`document.querySelector("[data-testid=connections]")?.textContent ?? ""`),
    (text) => text.includes("/tools") && text.includes("2 messages"),
  );
});
