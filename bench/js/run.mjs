// The codec beside other JavaScript implementations: node bench/js/run.mjs [PATTERN]. bench/README.md tells how to read it.
//
// Each cell has a process of its own, so that what the JIT learnt in one does not colour the next; in it all contenders run
// in turn, in slices of 2 ms, and the least of their slices is told. `cargo xtask npm` builds the package first.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { measure } from "./measure.mjs";
import { encodeMasked, PlainParser } from "./plain.mjs";

const require = createRequire(import.meta.url);
const SIZES = [16, 125, 1024, 16_384, 1_048_576];
/** Printable, and so is ASCII masked with it: unmasking the same octets again and again keeps text valid. */
const KEY = Uint8Array.of(0x11, 0x22, 0x33, 0x44);

export const cells = [
  // What a server receives, and, unmasked, what a client does.
  ...["binary", "text", "unmasked"].flatMap((kind) => [
    ...SIZES.map((size) => `parse ${kind} packed ${size}`),
    ...SIZES.slice(0, 3).map((size) => `parse ${kind} single ${size}`),
  ]),
  ...["masked", "unmasked"].flatMap((kind) => SIZES.map((size) => `encode ${kind} single ${size}`)),
  ...[1024, 16_384].map((size) => `inflate text single ${size}`),
  ...["binary", "text"].flatMap((kind) => [
    ...SIZES.map((size) => `parse-chromium ${kind} packed ${size}`),
    ...SIZES.slice(0, 3).map((size) => `parse-chromium ${kind} single ${size}`),
  ]),
  ...SIZES.map((size) => `encode-chromium masked single ${size}`),
];

/** Several instances of one package, each loaded with a variable set otherwise. */
function instance(name, variable, value) {
  const before = process.env[variable];
  process.env[variable] = value;
  for (const path of Object.keys(require.cache)) if (!path.endsWith(".node")) delete require.cache[path];
  const loaded = require(name);
  if (before === undefined) delete process.env[variable];
  else process.env[variable] = before;
  return loaded;
}

let kept;
const keep = (value) => {
  kept = value;
};

function frame(opcode, size) {
  return Buffer.from(encodeMasked(opcode, new Uint8Array(size).fill(97), KEY));
}

function unmaskedFrame(size) {
  const { Sender } = require("ws");
  return Buffer.concat(Sender.frame(Buffer.alloc(size, 97), { fin: true, opcode: 2, mask: false, readOnly: true }));
}

/** A server of websocket-driver, after its handshake. */
function driver(chunk) {
  const driver = require("websocket-driver").server({ maxLength: 2 ** 30 });
  driver.io.write(
    Buffer.from(
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ),
  );
  driver.start();
  driver.on("message", keep);
  return () => driver.io.write(chunk);
}

/** The parser of undici, which is no part of its interface; it is a client's, and takes no masked frames. */
function undici(chunk) {
  const { ByteParser } = require("undici/lib/web/websocket/receiver.js");
  const fail = (_code, reason) => {
    throw new Error(`undici: ${reason}`);
  };
  const parser = new ByteParser(
    { onMessage: (_type, data) => keep(data), onFail: fail, onParserError: fail },
    null,
    {},
  );
  return () => parser._write(chunk, "buffer", () => {});
}

const contenders = {
  parse(kind, size, packed) {
    const masked = kind !== "unmasked";
    const one = masked ? frame(kind === "text" ? 1 : 2, size) : unmaskedFrame(size);
    const count = packed ? Math.max(1, Math.floor(65_536 / one.length)) : 1;
    // Aligned as reads are.
    const chunk = Buffer.from(new ArrayBuffer(count * one.length));
    for (let at = 0; at < count; at++) chunk.set(one, at * one.length);
    const wsproof = (half) => {
      const decoder = new (instance("wsproof", "WSPROOF_BACKEND", half).Decoder)(masked ? "server" : "client");
      return () => {
        const batch = decoder.feed(chunk);
        if (batch.violation) throw batch.violation;
        for (let at = 0; at < batch.length; at++) kept = batch.payload(at);
      };
    };
    const ws = (pure) => {
      const { Receiver } = instance("ws", "WS_NO_BUFFER_UTIL", pure);
      const receiver = new Receiver({ isServer: masked, maxPayload: 0, allowSynchronousEvents: true });
      receiver.on("message", keep);
      return () => receiver._write(chunk, "buffer", () => {});
    };
    const plain = new PlainParser(masked, keep);
    return [
      count,
      {
        "wsproof, native": wsproof("native"),
        "wsproof, WebAssembly": wsproof("wasm"),
        "plain JavaScript, batch": () => plain.feed(chunk),
        "ws + bufferutil": ws(""),
        ws: ws("1"),
        ...(masked ? { "websocket-driver": driver(chunk) } : { undici: undici(chunk) }),
      },
    ];
  },
  encode(kind, size) {
    const payload = Buffer.from(new ArrayBuffer(size)).fill(97);
    const masked = kind === "masked";
    const wsproof = (half) => {
      const encoder = new (instance("wsproof", "WSPROOF_BACKEND", half).Encoder)(masked ? "client" : "server");
      return masked ? () => keep(encoder.encode(2, payload)) : () => keep([encoder.header(2, payload), payload]);
    };
    const ws = (pure) => {
      const { Sender } = instance("ws", "WS_NO_BUFFER_UTIL", pure);
      const options = { fin: true, rsv1: false, opcode: 2, mask: masked, readOnly: true };
      return () => keep(Sender.frame(payload, options));
    };
    const all = { "wsproof, native": wsproof("native"), "wsproof, WebAssembly": wsproof("wasm") };
    if (masked) all["plain JavaScript"] = () => keep(encodeMasked(2, payload, KEY));
    return [1, { ...all, "ws + bufferutil": ws(""), ws: ws("1") }];
  },
};

/** ns a frame of each contender, or of the one that compare.mjs asks for. */
function measureHere([operation, kind, packing, size]) {
  const [count, all] = contenders[operation](kind, Number(size), packing === "packed");
  const only = process.env.WSPROOF_BENCH_ONLY;
  const least = measure(count, only === undefined ? all : { [only]: all[only] });
  if (kept === undefined) throw new Error("nothing was done");
  return least;
}

/** ns of CPU a message, of all threads: ws inflates on others. The least of several turns. */
async function measureInflating(size) {
  const words = "the quick brown fox jumps over the lazy dog ".split(" ");
  let seed = 1;
  let text = "";
  while (text.length < size) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    text += `{"id":${seed >>> 8},"word":"${words[(seed >>> 16) % words.length]}"},`;
  }
  const message = text.slice(0, size);
  const agreed = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";
  const { Connection } = instance("wsproof", "WSPROOF_BACKEND", "native");
  const sender = new Connection("server", { deflate: agreed });
  sender.sendText(message);
  const wire = Buffer.from(sender.transmit());
  const wsproof = (half) => {
    const decoder = new (instance("wsproof", "WSPROOF_BACKEND", half).Decoder)("client", { deflate: agreed });
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const batch = decoder.feed(wire);
        if (batch.length !== 1) throw new Error("one message is one event");
        kept = batch.payload(0);
      }
    };
  };
  const { Receiver, PerMessageDeflate } = instance("ws", "WS_NO_BUFFER_UTIL", "");
  const deflate = new PerMessageDeflate({ isServer: false, maxPayload: 0 });
  deflate.accept([{ client_no_context_takeover: [true], server_no_context_takeover: [true] }]);
  const receiver = new Receiver({ extensions: { "permessage-deflate": deflate }, allowSynchronousEvents: true });
  const ws = (times) =>
    new Promise((resolve, reject) => {
      let left = times;
      receiver.removeAllListeners();
      receiver.on("error", reject);
      receiver.on("message", (data) => {
        kept = data;
        if (--left === 0) resolve();
      });
      for (let i = 0; i < times; i++) receiver.write(wire);
    });
  const all = { "wsproof, native": wsproof("native"), "wsproof, WebAssembly": wsproof("wasm"), ws };
  const least = {};
  for (let round = 0; round < 8; round++) {
    for (const [name, run] of Object.entries(all)) {
      const before = process.cpuUsage();
      await run(500);
      const { user, system } = process.cpuUsage(before);
      least[name] = Math.min(least[name] ?? Number.POSITIVE_INFINITY, ((user + system) * 1000) / 500);
    }
  }
  return least;
}

const [first, ...rest] = process.argv.slice(2);
if (first === "--cell") {
  const ways = {
    inflate: () => measureInflating(Number(rest[3])),
    "parse-chromium": async () => (await import("./chromium.mjs")).measureInChromium(rest),
    "encode-chromium": async () => (await import("./chromium.mjs")).measureInChromium(rest),
  };
  console.log(JSON.stringify(await (ways[rest[0]] ?? measureHere)(rest)));
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const groups = Map.groupBy ? Map.groupBy(cells, group) : byHand(cells);
  for (const [title, members] of groups) {
    const chosen = members.filter((cell) => cell.includes(first ?? ""));
    if (chosen.length === 0) continue;
    const columns = chosen.map((cell) => {
      const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--cell", ...cell.split(" ")], {
        encoding: "utf8",
      });
      return [Number(cell.split(" ")[3]), JSON.parse(output)];
    });
    const [base] = Object.keys(columns[0][1]);
    console.log(`\n### ${title}: ns ${title.startsWith("inflate") ? "of CPU a message" : "a frame"} (× ${base})\n`);
    console.log(
      `| | ${columns.map(([size]) => (size < 1024 ? `${size} B` : size < 1 << 20 ? `${size / 1024} KiB` : "1 MiB")).join(" | ")} |`,
    );
    console.log(`|---|${columns.map(() => "--:").join("|")}|`);
    for (const name of Object.keys(columns[0][1])) {
      const row = columns.map(([, least]) => {
        const times = least[name] / least[base];
        const ns = least[name] < 100 ? least[name].toFixed(1) : Math.round(least[name]);
        return name === base ? ns : `${ns} (${times.toFixed(2)}×)`;
      });
      console.log(`| ${name === base ? `**${name}**` : name} | ${row.join(" | ")} |`);
    }
  }
}

function group(cell) {
  return cell.split(" ").slice(0, 3).join(" ");
}

function byHand(all) {
  const groups = new Map();
  for (const cell of all) groups.set(group(cell), [...(groups.get(group(cell)) ?? []), cell]);
  return groups;
}
