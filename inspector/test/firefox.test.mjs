// The panel in Firefox: as Mozilla's own checker sees it, as a page, and in the developer tools.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serveEcho } from "./echo.mjs";
import { launchFirefox } from "./firefox.mjs";
import { capture } from "./page.mjs";

const extension = fileURLToPath(new URL("../../devtools/dist/wsproof-devtools-firefox", import.meta.url));

let firefox;
let id;
let server;
before(async () => {
  firefox = await launchFirefox();
  id = await firefox.install(extension);
  server = await serveEcho();
});
after(async () => {
  await firefox?.close();
  server?.closeAllConnections();
  server?.close();
});

test("Mozilla's checker finds nothing", () => {
  const linter = dirname(createRequire(import.meta.url).resolve("addons-linter/package.json"));
  const args = [join(linter, "bin", "addons-linter"), "--output", "json", `${extension}.zip`];
  const { summary, errors, warnings } = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  assert.deepEqual([errors, warnings], [[], []]);
  assert.equal(summary.notices, 0);
});

test("wire mode: a net-export log on the panel has every frame", async () => {
  const host = await firefox.inBrowser((id) => WebExtensionPolicy.getByID(id).mozExtensionHostname, id);
  await firefox.goto(`moz-extension://${host}/panel.html`);
  const lines = await firefox.run(
    async (log) => {
      const until = async (find) => {
        for (let left = 200; left > 0; left--) {
          const found = find();
          if (found) return found;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(`${find} finds nothing in: ${document.body.textContent}`);
      };
      await until(() => document.querySelector("[data-testid=paste]"));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([log], "netlog.json"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
      await until(() => document.querySelector("[data-row='14'] .preview")?.textContent);
      const row = (number) =>
        Array.from(document.querySelector(`[data-row='${number}']`).children, (cell) => cell.textContent).slice(2);
      return [row(0), row(3), row(14)].map((cells) => cells.join("|"));
    },
    readFileSync(capture("netlog.json"), "utf8"),
  );
  assert.deepEqual(lines, [
    "client ↑|text|FIN|RSV1|36eff58a|4 B → 2 B|go",
    "server ↓|ping|FIN|||2 B|p1",
    "client ↑|close|FIN||90cbe06e|6 B|4001 done",
  ]);
});

test("in the developer tools: the handshake, and what Firefox does not tell", async () => {
  await firefox.goto(`http://127.0.0.1:${server.address().port}/`);
  await firefox.inBrowser(async () => {
    const { require } = ChromeUtils.importESModule("resource://devtools/shared/loader/Loader.sys.mjs");
    const { gDevTools } = require("devtools/client/framework/devtools");
    const toolbox = await gDevTools.showToolboxForTab(gBrowser.selectedTab, { toolId: "netmonitor" });
    for (let left = 100; left > 0; left--) {
      const tool = toolbox.getAdditionalTools().find(({ label }) => label === "WSproof");
      if (tool) return void (await toolbox.selectTool(tool.id));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("there is no such panel");
  });
  /** What the panel's page says, once it says this. */
  const panel = (wanted) =>
    firefox.inBrowser(async (wanted) => {
      const { require } = ChromeUtils.importESModule("resource://devtools/shared/loader/Loader.sys.mjs");
      const { gDevTools } = require("devtools/client/framework/devtools");
      const toolbox = gDevTools.getToolboxForTab(gBrowser.selectedTab);
      // It is in a process of its own, so it is asked by a message.
      const script = `data:,sendAsyncMessage("wsproof:said", content.document.body.textContent)`;
      let said = "";
      for (let left = 100; left > 0; left--) {
        const frame = [...toolbox.doc.querySelectorAll("iframe")].find(({ id }) => /wsproof/i.test(id));
        const browser = frame?.contentDocument?.getElementById("webext-panels-browser");
        if (browser) {
          said = await new Promise((resolve) => {
            const take = ({ data }) => {
              browser.messageManager.removeMessageListener("wsproof:said", take);
              resolve(data);
            };
            browser.messageManager.addMessageListener("wsproof:said", take);
            browser.messageManager.loadFrameScript(script, false);
            // While the panel moves into that process there is nobody who would answer.
            setTimeout(() => take({ data: "" }), 1000);
          });
        }
        if (said.includes(wanted)) return said;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`it says: ${said}`);
    }, wanted);
  const text = await panel("Capturing");
  assert.match(text, /opening handshake, and of no messages; there is no live mode/);
  assert.doesNotMatch(text, /Live, with workers/);
  await firefox.run(
    (url) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => resolve();
      }),
    `ws://127.0.0.1:${server.address().port}/in-firefox`,
  );
  assert.match(await panel("/in-firefox"), /0 messages/);
});
