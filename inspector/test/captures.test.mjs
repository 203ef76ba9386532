// Real captures on the page: rows, joined messages, judgements, violations, filters, exports.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { launch } from "./chromium.mjs";
import { capture, detail, openPage, rows, show, tab } from "./page.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test("a net-export log has every frame", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("netlog.json"));
  assert.deepEqual(await rows(page), [
    "client ↑|text|FIN|RSV1|36eff58a|4 B → 2 B|go",
    "client ↑|binary|FIN|RSV1|b46accd9|6 B → 4 B|0001 02fe",
    "server ↓|text|FIN|RSV1||4 B → 2 B|go",
    "server ↓|ping|FIN|||2 B|p1",
    "client ↑|pong|FIN||0613e768|2 B|p1",
    "server ↓|text|…|RSV1||11 B → 11 B|frag-mented",
    "server ↓|continuation|…|||9 B|",
    "server ↓|continuation|FIN|||5 B|",
    "server ↓|binary|FIN|RSV1||6 B → 4 B|0102 03ff",
    `server ↓|text|FIN|RSV1||22 B → 4.9 KiB|${"x".repeat(160)}`,
    "server ↓|binary|FIN|RSV1||6 B → 4 B|0001 02fe",
    "client ↑|text|FIN|RSV1|0411f184|5 B → 3 B|bye",
    "server ↓|text|FIN|RSV1||5 B → 3 B|bye",
    "server ↓|close|FIN|||6 B|4001 done",
    "client ↑|close|FIN||90cbe06e|6 B|4001 done",
  ]);
  assert.equal(await page.getByTestId("violation-count").textContent(), "0");
  const statistics = await tab(page, "Statistics");
  assert.match(
    await statistics.textContent(),
    /The server closed with 4001 “done”; the client answered with 4001 “done”/,
  );
  quiet();
});

test("a fragment shows its message, its header's bits and the octets on the wire", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("netlog.json"));
  const pane = await detail(page, 6);
  const text = await pane.textContent();
  assert.match(text, /3 fragments: 567/);
  assert.match(text, /inflates to 11 B/);
  assert.equal(await pane.getByTestId("payload").textContent(), "frag-mented");
  // FIN, RSV1 to RSV3, opcode, MASK, length.
  assert.deepEqual(await pane.locator(".bits-table .bits").allTextContents(), [
    "0",
    "0",
    "0",
    "0",
    "0000",
    "0",
    "0001001",
  ]);
  await pane.getByRole("button", { name: "Wire" }).click();
  await pane
    .getByTestId("payload")
    .getByText(/^00000000 {2}00 09 /)
    .waitFor();
  quiet();
});

test("every header of the handshake is judged", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("netlog.json"));
  const handshake = await tab(page, "Handshake");
  const text = await handshake.textContent();
  for (const words of [
    "answers the key",
    "16 octets; they ask for",
    "the version of RFC 6455",
    "well formed",
    "switches protocols",
  ]) {
    assert.ok(text.includes(words), words);
  }
  assert.equal(await handshake.locator("td.bad").count(), 0);
  quiet();
});

test("a wrong accept is said to be wrong, with what would be right", async () => {
  const { page, quiet } = await openPage(browser);
  const log = JSON.parse(readFileSync(capture("messages.har"), "utf8"));
  const [entry] = log.log?.entries ?? log;
  const accept = entry.response.headers.find(({ name }) => name.toLowerCase() === "sec-websocket-accept");
  const right = accept.value;
  accept.value = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  await show(page, { name: "wrong.har", octets: JSON.stringify({ log: { entries: [entry] } }) });
  const handshake = await tab(page, "Handshake");
  const bad = handshake.locator("td.bad");
  assert.equal(await bad.count(), 1);
  assert.match(
    await bad.textContent(),
    new RegExp(`does not answer the key: that asks for ${right.replace(/[+]/g, "\\+")}`),
  );
  assert.match(
    await (await tab(page, "Violations")).textContent(),
    /does not match the key.*§4\.1 item 4.*in the handshake/,
  );
  quiet();
});

test("what an archive cannot tell is not invented", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("messages.har"));
  const lines = await rows(page);
  assert.ok(lines.length > 0);
  for (const line of lines) assert.match(line, /^(client ↑|server ↓)\|(text|binary)\|–\|–\|–\|/);
  assert.match(await page.getByTestId("notes").textContent(), /messages only: no masks, fragments/);
  assert.match(await (await tab(page, "Statistics")).textContent(), /not in this source/);
  quiet();
});

test("a packet capture has the same as the command shows", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("chat.pcap"));
  assert.equal(await page.locator("[data-row]").count(), 15);
  assert.ok(
    (await rows(page)).some((line) => line.startsWith("server ↓|close|FIN") || line.startsWith("client ↑|close|FIN")),
  );
  quiet();
});

test("pasted hex: violations stand in their rows, with clause and octet", async () => {
  const { page, quiet } = await openPage(browser);
  await page.getByTestId("paste").fill("81 02 61 ff  89 00  b0 00  88 02 03 ed");
  await page.getByRole("button", { name: "Show" }).click();
  await page.locator("body[data-ready='4']").waitFor();
  assert.equal(await page.getByTestId("violation-count").textContent(), "3");
  assert.deepEqual(await page.locator("[data-row].broken").evaluateAll((list) => list.map((row) => row.dataset.row)), [
    "0",
    "2",
    "3",
  ]);
  const pane = await detail(page, 0);
  assert.match(
    await pane.locator(".violations").textContent(),
    /text is not UTF-8RFC 6455 §8\.1, octet 3, close with 1007/,
  );
  // The octet at fault is marked, in the message and on the wire.
  const mark = pane.locator("mark");
  assert.equal(await mark.textContent(), "ff");
  await pane.getByRole("button", { name: "Wire" }).click();
  await pane
    .getByTestId("payload")
    .getByText(/^00000000 {2}81 02 61 ff/)
    .waitFor();
  assert.equal(await mark.textContent(), "ff");
  await pane.getByRole("button", { name: "Message" }).click();
  await page.keyboard.press("v");
  await page.locator('[data-row="2"][aria-selected="true"]').waitFor();
  await page.keyboard.press("3");
  assert.match(await page.getByTestId("violations").textContent(), /close code 1005 must not be sent.*§7\.4/);
  await page.getByRole("button", { name: "row 3, octet 10" }).click();
  await page.locator('[data-row="3"][aria-selected="true"]').waitFor();
  quiet();
});

test("the octet at fault is marked in every line, of 8 octets and of 16", async () => {
  const { page, quiet } = await openPage(browser);
  for (const width of [1300, 900]) {
    await page.setViewportSize({ width, height: 800 });
    for (const at of [0, 7, 8, 15, 16, 29, 39]) {
      const octets = Array.from({ length: 40 }, (_, index) => (index === at ? "fe" : "61"));
      await show(page, { name: "fault.hex", octets: `81 28 ${octets.join(" ")}` });
      const pane = await detail(page, 0);
      await pane.locator("pre").waitFor();
      assert.equal(await pane.locator("mark").textContent(), "fe", `octet ${at} at a width of ${width}`);
    }
    const first = (await page.locator("pre").textContent()).split("\n")[0];
    assert.equal(first.length, width === 1300 ? 43 : 76);
  }
  quiet();
});

test("filters by opcode, direction, text, expression, octets, size, violations", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("netlog.json"));
  const find = page.getByTestId("find");
  const matches = async (want) => {
    await page.getByTestId("matches").getByText(want, { exact: true }).waitFor();
  };
  await page.keyboard.press("/");
  await page.keyboard.type("BYE");
  await matches("2 of 15");
  await find.fill("/^frag-m[a-z]+$/");
  await matches("1 of 15");
  assert.match((await rows(page))[0], /frag-mented/);
  await find.fill("0x0102 03");
  await matches("1 of 15");
  await find.fill("/(/");
  await page.locator(".status.wrong").waitFor();
  await find.fill("");
  await page.getByLabel("Direction").selectOption("client");
  await matches("5 of 15");
  await page.getByRole("button", { name: "Ping/Pong" }).click();
  await matches("1 of 15");
  await page.getByRole("button", { name: "Text", exact: true }).click();
  await matches("3 of 15");
  await page.getByLabel("min octets").fill("5");
  await matches("1 of 15");
  await page.getByRole("button", { name: "Violations", exact: true }).click();
  await matches("0 of 15");
  quiet();
});

test("the list is worked by keys and tells a screen reader what it is", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("netlog.json"));
  const list = page.getByRole("grid", { name: "Frames" });
  await list.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.locator('[data-row="1"][aria-selected="true"]').waitFor();
  assert.equal(await list.getAttribute("aria-activedescendant"), "row-1");
  assert.equal(await list.getAttribute("aria-rowcount"), "16");
  await page.keyboard.press("End");
  await page.locator('[data-row="14"][aria-selected="true"]').waitFor();
  await page.keyboard.press("2");
  await page.getByTestId("handshake").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  quiet();
});

test("exports: an archive and packets that are read again, JSON lines, a scenario", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("netlog.json"));
  const save = async (kind) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByTestId("export").selectOption(kind),
    ]);
    return { name: download.suggestedFilename(), octets: readFileSync(await download.path()) };
  };
  const lines = (await save("jsonLines")).octets
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, 15);
  assert.deepEqual([lines[5].opcode, lines[5].fin, lines[5].text], [1, false, "frag-mented"]);
  const scenario = JSON.parse((await save("scenarioClient")).octets);
  assert.deepEqual(
    scenario.steps.map(({ do: what, opcode }) => opcode ?? what),
    ["require_deflate", "text", "binary", "pong", "text", "close_after"],
  );
  const packets = await save("pcapng");
  const archive = await save("har");
  assert.equal(archive.name, "127.0.0.1-35619-sock.har");
  await show(page, archive);
  assert.deepEqual((await rows(page)).map((line) => line.split("|").at(-1)).slice(0, 4), [
    "go",
    "0001 02fe",
    "go",
    "frag-mented",
  ]);
  assert.equal(packets.name, "127.0.0.1-35619-sock.pcapng");
  await show(page, packets);
  assert.match(await page.getByTestId("source").textContent(), /Packet capture/);
  assert.equal((await rows(page)).length, 15);
  // Messages are no octets on a wire.
  await show(page, archive);
  await page.getByTestId("export").selectOption("pcapng");
  await page.getByText("Not exported: this source has messages only").waitFor();
  quiet();
});

test("a file is dropped, text is pasted", async () => {
  const { page, quiet } = await openPage(browser);
  const transfer = (file, text) =>
    page.evaluateHandle(
      ([file, text]) => {
        const transfer = new DataTransfer();
        if (file) transfer.items.add(new File([file], "dropped.hex"));
        else transfer.setData("text/plain", text);
        return transfer;
      },
      [file, text],
    );
  await page.dispatchEvent("body", "drop", { dataTransfer: await transfer("81 01 61 81 01 62") });
  await page.locator("body[data-ready='2']").waitFor();
  assert.match(await page.getByTestId("source").textContent(), /dropped\.hex/);
  await page.evaluate(
    (clipboardData) => {
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    },
    await transfer(undefined, "gQFjgQFkgQFl"),
  );
  await page.locator("body[data-ready='3']").waitFor();
  assert.deepEqual(
    (await rows(page)).map((line) => line.at(-1)),
    ["c", "d", "e"],
  );
  quiet();
});

test("what is copied: hex, text, a scenario, code", async () => {
  const { page, quiet } = await openPage(browser);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await show(page, capture("netlog.json"));
  const pane = await detail(page, 3);
  const copied = async (label) => {
    await pane.getByTestId("copy").selectOption({ label });
    await page.getByText(`Copied: ${label}`).waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  assert.equal(await copied("Frame as hex"), "89027031");
  assert.equal(await copied("Payload as text"), "p1");
  assert.deepEqual(JSON.parse(await copied("Scenario (JSON)")).steps[0], {
    do: "frame",
    opcode: "ping",
    payload: { text: "p1" },
  });
  assert.match(await copied("Rust"), /let mut octets = \[0x89, 0x02, 0x70, 0x31\];/);
  assert.match(await copied("Python"), /bytes\.fromhex\("89027031"\)/);
  assert.match(await copied("JavaScript"), /Buffer\.from\("89027031", "hex"\)/);
  quiet();
});

test("what people paste is read, and what was done with it is told", async () => {
  const { page, quiet } = await openPage(browser);
  const [list, dump, log] = [
    "[129,5,72,101,108,108,111]",
    "0000   81 05 48 65 6c 6c 6f   ..Hello",
    "12:00:00 DEBUG recv: b'\\x81\\x05Hello'",
  ];
  for (const octets of [list, dump, log]) {
    await show(page, { name: "pasted.txt", octets });
    assert.deepEqual(await rows(page), ["server ↓|text|FIN|||5 B|Hello"]);
  }
  assert.match(await page.getByTestId("notes").textContent(), /the literal in line 1 from column 24/);
  await show(page, { name: "chat.pcap.gz", octets: gzipSync(readFileSync(capture("chat.pcap"))) });
  assert.equal((await rows(page)).length, 15);
  assert.match(await page.getByTestId("notes").textContent(), /inflated from gzip/);
  quiet();
});

test("notes of a connection stand beside those of the capture", async () => {
  const { page, quiet } = await openPage(browser);
  const entry = (status) => ({
    request: { url: "ws://x/a", headers: [] },
    response: { status, headers: [{ name: "Server", value: "x" }] },
    _webSocketMessages: [{ type: "error", time: 1, opcode: -1, data: "Could not decode a text frame as UTF-8." }],
  });
  await page.getByTestId("file").setInputFiles({
    name: "two.har",
    mimeType: "text/plain",
    buffer: Buffer.from(JSON.stringify([entry(0), entry(403)])),
  });
  const notes = page.getByTestId("notes");
  await notes.getByText("no response was recorded (its status is 0)").waitFor();
  assert.match(await notes.textContent(), /messages only: no masks/);
  await page.keyboard.press("]");
  await notes.getByText("the server refused").waitFor();
  assert.doesNotMatch(await notes.textContent(), /no response was recorded/);
  assert.match(await (await tab(page, "Violations")).textContent(), /the browser failed the connection.*§8\.1/);
  // What holds no WebSocket says what it is.
  const hello = Buffer.from("160301000501000001000000", "hex");
  await show(page, { name: "tls.pcap", octets: pcap(hello) });
  assert.match(await notes.textContent(), /TLS: 1 connection cannot be read; a net-export log has what is in it/);
  quiet();
});

/** A pcap of raw IP with one TCP segment. */
function pcap(octets) {
  const file = Buffer.alloc(24 + 16 + 40);
  file.set([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
  file.writeUInt32LE(65535, 16);
  file.writeUInt32LE(101, 20);
  file.writeUInt32LE(40 + octets.length, 32);
  file.writeUInt32LE(40 + octets.length, 36);
  file.set([0x45, 0, 0, 40 + octets.length, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], 40);
  file.set([0x9c, 0x40, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0x20, 0, 0, 0, 0, 0], 60);
  return Buffer.concat([file, octets]);
}

test("what no program knows is refused in words", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, { name: "letter.txt", octets: "Dear reader, this is no capture." });
  assert.match(await page.getByRole("alert").textContent(), /letter\.txt cannot be read as hex: line 1/);
  quiet();
});
