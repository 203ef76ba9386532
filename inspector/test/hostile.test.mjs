// Captures made to harm: no script runs, nothing freezes, memory stays bounded.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import { launch } from "./chromium.mjs";
import { capture, detail, openPage, rows, show, tab } from "./page.mjs";

const SCRIPT = `"><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A frame of a server. */
function frame(first, payload) {
  const octets = Buffer.from(payload);
  const head = octets.length < 126 ? [octets.length] : [126, octets.length >> 8, octets.length & 255];
  return Buffer.concat([Buffer.from([first, ...head]), octets]);
}

async function harmless(page, quiet) {
  assert.equal(await page.title(), "wsproof inspector");
  assert.equal(await page.locator("img, script:not([id]):not(:last-of-type), iframe").count(), 0);
  // It answers.
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  quiet();
}

test("script in payloads, reasons, headers, addresses and names", async () => {
  const { page, quiet } = await openPage(browser);
  const log = {
    log: {
      entries: [
        {
          _resourceType: "websocket",
          request: {
            method: "GET",
            url: `ws://x/${SCRIPT}`,
            headers: [
              { name: "Host", value: SCRIPT },
              { name: SCRIPT, value: "1" },
            ],
          },
          response: { status: 101, statusText: SCRIPT, headers: [{ name: "Sec-WebSocket-Protocol", value: SCRIPT }] },
          _webSocketMessages: [
            { type: "send", time: 1, opcode: 1, data: SCRIPT },
            {
              type: "receive",
              time: 2,
              opcode: 1,
              data: JSON.stringify({ [SCRIPT]: [SCRIPT, { __proto__: SCRIPT }] }),
            },
            { type: SCRIPT, time: 2, opcode: 1, data: "" },
          ],
        },
      ],
    },
  };
  await show(page, { name: `${SCRIPT}.har`, octets: JSON.stringify(log) });
  assert.match((await rows(page))[0], /<img src=x/);
  await detail(page, 1);
  await page.locator(".json").waitFor();
  await tab(page, "Violations");
  await tab(page, "Handshake");
  await tab(page, "Statistics");
  await harmless(page, quiet);
  const frames = Buffer.concat([
    frame(0x81, SCRIPT),
    frame(0x88, Buffer.concat([Buffer.from([3, 232]), Buffer.from(SCRIPT.slice(0, 90))])),
  ]);
  await page.keyboard.press("Escape");
  await show(page, { name: "frames.bin", octets: frames.toString("hex") });
  await tab(page, "Frames");
  await detail(page, 1);
  await harmless(page, quiet);
});

test("a length of 1 GiB, and of 2^63, that never come", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, { name: "long.hex", octets: "827f0000000040000000 aabb" });
  assert.match((await rows(page))[0], /binary\|FIN\|\|\|1\.0 GiB ✂\|aabb/);
  const pane = await detail(page, 0);
  assert.match(await pane.textContent(), /1\u2009073\u2009741\u2009824 octets announced, 2 in the capture/);
  await show(page, { name: "longer.hex", octets: "827fffffffffffffffff 00" });
  assert.equal(await page.getByTestId("violation-count").textContent(), "1");
  await harmless(page, quiet);
});

test("a bomb is inflated within bounds", async () => {
  const { page, quiet } = await openPage(browser);
  // 96 MiB of noughts in some 100 KiB.
  const bomb = deflateRawSync(Buffer.alloc(96 << 20), { level: 9 });
  const head = Buffer.from([0xc1, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(bomb.length, 6);
  await page.getByTestId("paste").fill(Buffer.concat([head, bomb]).toString("base64"));
  await page.getByLabel("compressed").check();
  await page.getByRole("button", { name: "Show" }).click();
  await page.locator("body[data-ready='1']").waitFor();
  assert.equal(await page.getByTestId("violation-count").textContent(), "1");
  const pane = await detail(page, 0);
  assert.match(await pane.getByRole("button", { name: /Show more/ }).textContent(), /are left/);
  await harmless(page, quiet);
});

test("a packet capture cut anywhere", async () => {
  const whole = readFileSync(capture("chat.pcap"));
  const { page, quiet } = await openPage(browser);
  for (const cut of [10, 24, 30, 700, 2500, whole.length - 1]) {
    await page
      .getByTestId("file")
      .setInputFiles({ name: `cut-${cut}.pcap`, mimeType: "application/octet-stream", buffer: whole.subarray(0, cut) });
    await page.locator("body:not(.busy)").getByText(`cut-${cut}.pcap`).first().waitFor();
  }
  await harmless(page, quiet);
});

test("nested JSON, and an expression made to run for ever", async () => {
  const { page, quiet } = await openPage(browser);
  const nested = "[".repeat(20_000) + "]".repeat(20_000);
  const frames = Buffer.concat([frame(0x81, nested), frame(0x81, `${"a".repeat(5_000)}!`)]);
  await show(page, { name: "nested", octets: frames.toString("hex") });
  await detail(page, 0);
  await page.getByTestId("find").fill("/^(a+)+$/");
  await page.getByTestId("matches").getByText("0 of 2").waitFor();
  await page.getByTestId("find").press("Escape");
  await page.getByTestId("list").focus();
  await harmless(page, quiet);
});

/** The module with so many pages of 64 KiB at most, beside those that it begins with. */
function withLittleMemory(module, more) {
  const leb = (at) => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const octet = module[at++];
      value |= (octet & 0x7f) << shift;
      if (octet < 0x80) return [value, at];
    }
  };
  const toLeb = (value) => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...toLeb(value >> 7)]);
  for (let at = 8; at < module.length; ) {
    const [len, body] = leb(at + 1);
    if (module[at] === 5) {
      // One memory; its limits without (0) or with (1) a maximum, then the minimum.
      assert.equal(module[body], 1);
      const [pages] = leb(body + 2);
      const section = [1, 1, ...toLeb(pages), ...toLeb(pages + more)];
      const head = [5, ...toLeb(section.length), ...section];
      return Buffer.concat([module.subarray(0, at), Buffer.from(head), module.subarray(body + len)]);
    }
    at = body + len;
  }
  throw new Error("the module has no memory of its own");
}

test("a capture that needs more memory than there is: told, and the next one is read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wsproof-memory-"));
  try {
    const place = /(<script type="application\/octet-stream" id="engine">)([^<]*)/;
    const html = readFileSync(new URL("../dist/inspector.html", import.meta.url), "utf8");
    const little = withLittleMemory(Buffer.from(place.exec(html)[2], "base64"), 64);
    const file = join(folder, "little.html");
    writeFileSync(
      file,
      html.replace(place, (_, begin) => begin + little.toString("base64")),
    );
    const { page, quiet } = await openPage(browser, pathToFileURL(file).href);
    for (let round = 0; round < 2; round++) {
      await show(page, { name: "large.raw", octets: Buffer.alloc(16 << 20, 0x81) });
      await page.getByText("this capture needs more memory than there is").waitFor();
      await show(page, { name: "small.hex", octets: "81 02 6f 6b" });
      assert.match((await rows(page))[0], /\|ok$/);
    }
    await harmless(page, quiet);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
