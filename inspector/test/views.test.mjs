// Payloads as trees, how two messages differ, and what answers what.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./chromium.mjs";
import { capture, detail, openPage, rows, show } from "./page.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A frame of a server, as hex. */
function frame(opcode, hex) {
  const octets = hex.replaceAll(" ", "");
  const length = octets.length / 2;
  const long = length > 125 ? `7e${length.toString(16).padStart(4, "0")}` : length.toString(16).padStart(2, "0");
  return `${(0x80 | opcode).toString(16)}${long}${octets}\n`;
}
const text = (words) => frame(1, Buffer.from(words).toString("hex"));

const MSGPACK = "82 a7 63 6f 6d 70 61 63 74 c3 a6 73 63 68 65 6d 61 00";
const CBOR = "a2 61 61 01 61 62 82 02 03";
const PROTOBUF = "12 07 74 65 73 74 69 6e 67 08 96 01";

test("binary payloads: what fits is shown, what is chosen stays", async () => {
  const { page, quiet } = await openPage(browser);
  const octets = [MSGPACK, CBOR, PROTOBUF, "00 01 02 c1"].map((hex) => frame(2, hex)).join("") + text("plain");
  await show(page, { name: "encoded.hex", octets });
  const decode = page.getByTestId("decode");
  const tree = (name) => page.getByRole("tree", { name });
  for (const [row, name, value, words] of [
    [0, "MessagePack", "msgpack", "{2}compact: trueschema: 0"],
    [1, "CBOR", "cbor", "{2}a: 1b: [2]"],
    [2, "Protobuf", "protobuf", '2: "testing"1: 150'],
  ]) {
    await detail(page, row);
    assert.equal(await tree(name).textContent(), words);
    assert.equal(await decode.inputValue(), value);
    assert.match(await decode.locator("option:checked").textContent(), /\(fits\)/);
  }
  const pane = await detail(page, 3);
  assert.equal(await decode.inputValue(), "");
  await pane.getByText(/^00000000 {2}00 01 02 c1/).waitFor();
  // By hand, whatever it is.
  await decode.selectOption("msgpack");
  await pane.getByRole("note").waitFor();
  assert.match(await pane.getByRole("note").textContent(), /^Not MessagePack to its end: octet 4: /);
  assert.equal(await tree("MessagePack").textContent(), "012");
  await detail(page, 4);
  assert.equal(await page.getByTestId("payload").textContent(), "plain");
  await detail(page, 1);
  await tree("MessagePack").or(pane.getByRole("note")).first().waitFor();
  assert.equal(await decode.inputValue(), "msgpack");
  quiet();
});

test("hostile payloads: script in values, lengths that are not there, depth", async () => {
  const { page, quiet } = await openPage(browser);
  const script = Buffer.from("<img src=x onerror=alert(1)>");
  const hex = `81 a1 61 bc ${script.toString("hex")}`;
  const octets = [hex, "df ff ff ff ff a1 61", "91".repeat(5000), "9b ff ff ff ff ff ff ff ff 01"];
  await show(page, { name: "hostile.hex", octets: octets.map((each) => frame(2, each)).join("") });
  const pane = await detail(page, 0);
  assert.equal(await page.getByRole("tree").textContent(), `{1}a: ${JSON.stringify(String(script))}`);
  assert.equal(await page.locator("img").count(), 0);
  const fault = async (row, encoding, words) => {
    await detail(page, row);
    await page.getByTestId("decode").selectOption(encoding);
    await pane.getByRole("note").getByText(words).waitFor();
  };
  await fault(1, "msgpack", /1 octet announced, 0 left/);
  await fault(2, "msgpack", /nested deeper than 64/);
  await fault(3, "cbor", /more is announced than what is left, 0 octets/);
  quiet();
});

test("two messages differ: JSON by path, text by words, octets; by keys alone", async () => {
  const { page, quiet } = await openPage(browser);
  const octets = [
    text('{"bid": 1, "ask": 2, "at": {"x": [1, 2]}}'),
    text('{"bid": 1, "ask": 3, "at": {"x": [1]}}'),
    text("the quick fox"),
    text("the slow fox"),
    frame(2, "01 02 03 04"),
    frame(2, "01 03 04 05"),
  ];
  await show(page, { name: "pairs.hex", octets: octets.join("") });
  const compare = async (before, after) => {
    await detail(page, before);
    await page.keyboard.press("c");
    await page.getByRole("button", { name: "Marked" }).waitFor();
    await detail(page, after);
    await page.keyboard.press("c");
    const region = page.getByRole("region", { name: `Difference of row ${before} and row ${after}` });
    await region.waitFor();
    const answer = await region.evaluate((element) => ({
      text: element.textContent,
      gone: Array.from(element.querySelectorAll("pre del, td del"), (part) => part.textContent),
      come: Array.from(element.querySelectorAll("pre ins, td ins"), (part) => part.textContent),
      paths: Array.from(element.querySelectorAll("tbody th"), (part) => part.textContent),
    }));
    await page.getByRole("button", { name: "Take the mark away" }).click();
    return answer;
  };
  const json = await compare(0, 1);
  assert.deepEqual([json.paths, json.gone, json.come], [["/ask", "/at/x/1"], ["2", "2"], ["3"]]);
  const words = await compare(2, 3);
  assert.deepEqual([words.gone, words.come], [["quick"], ["slow"]]);
  const binary = await compare(4, 5);
  assert.deepEqual([binary.gone, binary.come], [["02"], ["05"]]);
  quiet();
});

test("a pong tells the ping that it answers, and after how long; heartbeats are hidden", async () => {
  const { page, quiet } = await openPage(browser);
  await show(page, capture("netlog.json"));
  const pong = await detail(page, 4);
  assert.match(await pong.textContent(), /Answersthe ping in row 3 · the same moment in this source/);
  assert.match(await (await detail(page, 3)).textContent(), /Answeredby the pong in row 4/);
  assert.match(await (await detail(page, 14)).textContent(), /Answersthe other end's close in row 13/);
  await page.getByTestId("heartbeats").click();
  await page.getByTestId("matches").getByText("13 of 15", { exact: true }).waitFor();
  assert.ok((await rows(page)).every((line) => !/ping|pong/.test(line)));
  quiet();
});
