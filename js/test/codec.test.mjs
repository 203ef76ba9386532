// The codec, on the half that WSPROOF_BACKEND names: `cargo xtask test` runs this with each.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as wsproof from "wsproof";
import {
  buildAccept,
  buildRefusal,
  buildRequest,
  Connection,
  Decoder,
  Encoder,
  mask,
  readRequest,
  readResponse,
} from "wsproof";

const text = (octets) => new TextDecoder().decode(octets);
const octets = (...parts) => Uint8Array.from(Buffer.concat(parts.map((part) => Buffer.from(part))));
const HELLO = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

/** What a stream says, whatever way it was cut: adjacent pieces joined. */
function said(role, chunks, limits) {
  const decoder = new Decoder(role, limits);
  const events = [];
  let violation;
  for (const chunk of chunks) {
    const batch = decoder.feed(chunk);
    for (const { payload, ...event } of batch) {
      const before = events.at(-1);
      const piece = { ...event, payload: Buffer.from(payload).toString("hex") };
      if (before !== undefined && !before.last && !event.first && before.type === event.type) {
        before.payload += piece.payload;
        before.last = piece.last;
      } else events.push(piece);
    }
    violation ??= batch.violation;
  }
  const { offset } = decoder;
  decoder[Symbol.dispose]();
  return { events, violation: violation && { ...violation, message: violation.message }, offset };
}

test("the half that was asked for is in use", () => {
  assert.equal(wsproof.backend(), process.env.WSPROOF_BACKEND ?? "native");
});

test("ESM and CommonJS share one instance", () => {
  assert.equal(createRequire(import.meta.url)("wsproof").Decoder, Decoder);
});

test("the masked frame of RFC 6455 section 5.7, in place", () => {
  const wire = Uint8Array.from(HELLO);
  const batch = new Decoder("server").feed(wire);
  assert.equal(batch.length, 1);
  assert.equal(batch.text(0), "Hello");
  assert.equal(batch.payload(0).buffer, wire.buffer);
  assert.equal(batch.violation, undefined);
});

test("every cut of a stream says the same", () => {
  const stream = octets(
    HELLO,
    [0x01, 0x82, 0, 0, 0, 0, 0xc3, 0xa4],
    [0x89, 0x83, 1, 2, 3, 4, 0x60, 0x60, 0x60],
    [0x80, 0x81, 9, 9, 9, 9, 9],
    [0x88, 0x85, 0, 0, 0, 0, 0x03, 0xe8, 98, 121, 101],
  );
  const whole = said("server", [stream.slice()]);
  assert.deepEqual(
    whole.events.map((event) => event.type),
    ["text", "text", "ping", "text", "close"],
  );
  assert.deepEqual(whole.events.at(-1), {
    type: "close",
    payload: "627965",
    first: true,
    last: true,
    rsv: 0,
    code: 1000,
    reason: "bye",
  });
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const chunks = [stream.slice(0, first), stream.slice(first, second), stream.slice(second)];
      const cut = said("server", chunks);
      assert.deepEqual(cut.events, whole.events, `${first} ${second}`);
      assert.equal(cut.offset, stream.length);
    }
  }
});

test("large messages without mask, whole, in fragments, in many reads, among others", () => {
  const encoder = new Encoder("server");
  const body = (size, value) => Buffer.alloc(size, value);
  const stream = octets(
    encoder.encode(2, body(5000, 1)),
    encoder.encode(1, "x".repeat(5000)),
    encoder.encode(2, body(4097, 2)),
    encoder.encode(9, body(125, 3)),
    encoder.encode(2, body(9000, 4), { fin: false }),
    encoder.encode(10, body(3, 5)),
    encoder.encode(0, body(70_000, 6), { fin: false }),
    encoder.encode(0, body(0, 0)),
    encoder.encode(2, body(1, 7)),
    encoder.encode(2, body(4096, 8)),
    encoder.encode(8, Buffer.from([3, 0xe8])),
  );
  const whole = said("client", [stream.slice()]);
  assert.deepEqual(
    whole.events.map(({ type, payload }) => [type, payload.length / 2]),
    [
      ["binary", 5000],
      ["text", 5000],
      ["binary", 4097],
      ["ping", 125],
      ["binary", 9000],
      ["pong", 3],
      ["binary", 70_000],
      ["binary", 1],
      ["binary", 4096],
      ["close", 0],
    ],
  );
  assert.equal(whole.events[6].payload, "06".repeat(70_000));
  for (const size of [1, 3000, 4096, 4099, 5003, 10_000, 16_384, 65_536]) {
    const chunks = [];
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.slice(at, at + size));
    const cut = said("client", chunks);
    assert.equal(cut.offset, whole.offset);
    const joined = (events) => events.map(({ type, payload, last }) => ({ type, payload, last }));
    // Of a fragmented message, a ping stands between the pieces wherever the stream is cut.
    assert.deepEqual(joined(cut.events), joined(whole.events), `reads of ${size}`);
  }
  // Its limits and rules hold before anything is gone past.
  const long = said("client", [encoder.encode(2, body(5000, 1))], { maxMessage: 4999 });
  assert.equal(long.violation.kind, "MessageTooLong");
  const rsv = said("client", [encoder.encode(2, body(5000, 1), { rsv: 4 })]);
  assert.equal(rsv.violation.kind, "ReservedBits");
  assert.equal(rsv.violation.offset, 0);
  const extended = said("client", [encoder.encode(2, body(5000, 1), { rsv: 4 })], { allowedRsv: 4 });
  assert.equal(extended.events[0].rsv, 4);
});

test("more large messages in a read than the table has room for", () => {
  const one = new Encoder("server").encode(2, new Uint8Array(2048).fill(9));
  const wire = new Uint8Array(one.length * 200);
  for (let at = 0; at < 200; at++) wire.set(one, at * one.length);
  const decoder = new Decoder("client");
  for (let round = 0; round < 3; round++) {
    const batch = decoder.feed(wire.slice());
    assert.equal(batch.length, 200);
    for (const event of batch)
      assert.deepEqual([event.payload.length, event.payload[2047], event.last], [2048, 9, true]);
  }
});

test("violations name kind, clause, code, octet, and read as in Rust", () => {
  const violation = new Decoder("client").feed(octets([0x81, 3, 0x61, 0xff, 0x61])).violation;
  assert.ok(violation instanceof wsproof.Violation && violation instanceof Error);
  assert.deepEqual(
    { ...violation },
    { name: "Violation", kind: "TextNotUtf8", clause: "RFC 6455 §8.1", closeCode: 1007, offset: 3 },
  );
  assert.equal(violation.message, "text is not UTF-8 (octet 3, RFC 6455 §8.1)");
  const rsv = new Decoder("client").feed(octets([0xd1, 0])).violation;
  assert.equal(rsv?.message, "reserved bits set without an extension: RSV1 RSV3 (octet 0, RFC 6455 §5.2)");
  const long = new Decoder("client", { maxMessage: 4 }).feed(octets([0x82, 5, 1, 2, 3, 4, 5])).violation;
  assert.equal(long?.kind, "MessageTooLong");
  assert.equal(long?.closeCode, 1009);
});

test("more events than the table had room for", () => {
  const frames = 5000;
  const wire = new Uint8Array(3 * frames);
  for (let at = 0; at < frames; at++) wire.set([0x82, 1, at & 255], 3 * at);
  const decoder = new Decoder("client");
  for (let round = 0; round < 5; round++) {
    const batch = decoder.feed(wire.slice());
    assert.equal(batch.length, frames);
    assert.ok(batch.table.length < 10 * frames, "the table does not grow without need");
    for (let at = 0; at < frames; at++) assert.equal(batch.payload(at)[0], at & 255);
  }
});

test("frames of every size are read back", () => {
  for (const [role, other] of [
    ["client", "server"],
    ["server", "client"],
  ]) {
    const encoder = new Encoder(role);
    const decoder = new Decoder(other);
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) {
      const payload = Uint8Array.from({ length: size }, (_, at) => at % 251);
      const batch = decoder.feed(encoder.encode(2, payload));
      assert.equal(batch.violation, undefined);
      assert.equal(batch.length, 1);
      assert.deepEqual(Buffer.from(batch.payload(0)), Buffer.from(payload));
    }
  }
  assert.deepEqual([...new Encoder("server").header(1, new Uint8Array(300))], [0x81, 126, 1, 44]);
});

test("mask at any place of the payload", () => {
  const key = Uint8Array.of(1, 2, 3, 4);
  const whole = Uint8Array.from({ length: 100 }, (_, at) => at);
  const pieces = whole.slice();
  mask(key, whole);
  mask(key, pieces.subarray(0, 33));
  mask(key, pieces.subarray(33), 33);
  assert.deepEqual(whole, pieces);
  assert.equal(whole[5], 5 ^ 2);
  assert.throws(() => mask(Uint8Array.of(1), whole), RangeError);
});

test("two connections talk and close", () => {
  const client = new Connection("client");
  const server = new Connection("server");
  client.sendText("grüß");
  client.sendPing(Uint8Array.of(7));
  client.sendFragment("text", Uint8Array.of(0xc3), false);
  client.sendFragment("text", Uint8Array.of(0xa4), true);
  const events = [...server.receive(client.transmit())];
  assert.deepEqual(
    events.map((event) => event.type),
    ["text", "ping", "text", "text"],
  );
  assert.equal(text(events[0].payload), "grüß");
  assert.deepEqual(
    [...client.receive(server.transmit())].map((event) => event.type),
    ["pong"],
  );
  client.close(1000, "bye");
  assert.equal(client.state, "close-sent");
  assert.throws(() => client.sendText("late"), /closing or closed/);
  const [close] = server.receive(client.transmit());
  assert.equal(close.reason, "bye");
  const answer = server.transmit();
  assert.equal(server.tcpAction, "close");
  client.receive(answer);
  assert.equal(client.tcpAction, "await-peer");
  assert.equal(client.closeCode, 1000);
  assert.ok(client.wasClean && server.wasClean);
});

test("a client's keys differ; a seed repeats them", () => {
  const keys = (options) => {
    const client = new Connection("client", options);
    for (let i = 0; i < 100; i++) client.sendBinary(new Uint8Array());
    const wire = client.transmit();
    return Array.from({ length: 100 }, (_, at) => Buffer.from(wire.slice(6 * at + 2, 6 * at + 6)).toString("hex"));
  };
  assert.equal(new Set(keys()).size, 100);
  assert.notDeepEqual(keys(), keys());
  assert.deepEqual(keys({ seed: 7 }), keys({ seed: 7 }));
});

test("a violation is answered with its close code", () => {
  const server = new Connection("server");
  assert.equal(server.receive(octets([0x81, 0])).violation?.kind, "UnmaskedFrame");
  assert.deepEqual([...server.transmit()], [0x88, 2, 0x03, 0xea]);
  assert.equal(server.tcpAction, "close");
});

/** Both ends of a connection with compression, as they agree on it. */
function compressing(wishes, options = {}) {
  const offered = wsproof.offerDeflate(wishes);
  const answer = wsproof.answerDeflate(offered);
  assert.equal(wsproof.agreedDeflate(offered, answer), answer);
  const ends = ["client", "server"].map((role) => new Connection(role, { ...options, deflate: answer }));
  return { ends, answer };
}

test("permessage-deflate: agreed, compressed, inflated, wherever the stream is cut", () => {
  for (const wishes of [
    {},
    { serverNoContextTakeover: true, clientNoContextTakeover: true },
    { serverMaxWindowBits: 8, clientMaxWindowBits: 9 },
  ]) {
    const { ends, answer } = compressing(wishes);
    const [client, server] = ends;
    const texts = ["hello ".repeat(300), "grüß", "", "hello ".repeat(5000)];
    for (const message of texts) client.sendText(message);
    client.sendPing(Uint8Array.of(1));
    const wire = client.transmit();
    assert.ok(wire.length < 1000, `${answer}: ${wire.length} octets`);
    for (const step of [wire.length, 7, 1]) {
      const decoder = new Decoder("server", { deflate: answer });
      const got = [];
      let open = "";
      for (let at = 0; at < wire.length; at += step) {
        const batch = decoder.feed(wire.slice(at, at + step));
        assert.equal(batch.violation, undefined);
        for (const event of batch) {
          if (event.type === "ping") continue;
          open += Buffer.from(event.payload).toString("latin1");
          if (event.last) {
            got.push(Buffer.from(open, "latin1").toString());
            open = "";
          }
        }
      }
      assert.deepEqual(got, texts, `${answer}, ${step} octets a read`);
    }
    const whole = [...server.receive(wire)];
    assert.deepEqual(
      whole.map((event) => event.type),
      ["text", "text", "text", "text", "ping"],
    );
  }
});

test("a small input that inflates to megabytes is one event; the limit counts what comes out", () => {
  const { ends, answer } = compressing({});
  ends[0].sendBinary(new Uint8Array(5_000_000).fill(7));
  ends[0].sendText("after");
  const wire = ends[0].transmit();
  assert.ok(wire.length < 20_000);
  const limited = new Decoder("server", { deflate: answer, maxMessage: 1_000_000 });
  assert.equal(limited.feed(wire.slice()).violation?.kind, "MessageTooLong");
  const batch = ends[1].receive(wire);
  const sizes = [...batch].filter((event) => event.type === "binary").map((event) => event.payload.length);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    5_000_000,
  );
  assert.equal(batch.text(batch.length - 1), "after");
  for (const event of batch) if (event.type === "binary") assert.ok(event.payload.every((octet) => octet === 7));
});

test("compressed octets that mean nothing are a violation", () => {
  const decoder = new Decoder("client", { deflate: { agreed: "permessage-deflate" } });
  const { violation } = decoder.feed(octets([0xc1, 2, 0xff, 0xff]));
  assert.equal(violation?.kind, "NotDeflate");
  assert.match(violation?.message ?? "", /RFC 7692/);
});

test("a window that was agreed is held to, to the octet, where that is wanted", () => {
  // 257 times x, and then a message that refers 257 octets back.
  const first = [0xc1, 6, 0xaa, 0xa8, 0x18, 0xe1, 0, 0];
  const second = [0xc1, 5, 2, 6, 0x80, 0x22, 0];
  const agreed = "permessage-deflate; server_max_window_bits=8";
  const kind = (deflate) => {
    const kinds = [new Decoder("client", { deflate }), new Connection("client", { deflate })].map((end) => {
      const feed = (read) => ("feed" in end ? end.feed(read) : end.receive(read));
      assert.equal(feed(octets(first)).violation, undefined);
      const { violation } = feed(octets(second));
      return violation && [violation.kind, violation.clause, violation.closeCode];
    });
    assert.deepEqual(kinds[0], kinds[1]);
    return kinds[0];
  };
  const told = ["WindowExceeded", "RFC 7692 §7.1.2.1", 1002];
  assert.deepEqual(kind(agreed), told);
  assert.deepEqual(kind({ agreed }), told);
  assert.deepEqual(kind({ agreed, checkWindow: true }), told);
  assert.equal(kind({ agreed, checkWindow: false }), undefined);
  assert.equal(kind("permessage-deflate; server_max_window_bits=9"), undefined);
  // Whether or not distances are looked at, a message must not refer to an earlier one without context takeover.
  for (const checkWindow of [undefined, true, false]) {
    const fresh = { agreed: `${agreed}; server_no_context_takeover`, checkWindow };
    assert.deepEqual(kind(fresh), ["ContextTakeover", "RFC 7692 §7.1.1.1", 1002]);
  }
  assert.throws(() => new Decoder("client", { deflate: { agreed, checkWindow: 1 } }), /checkWindow is true or false/);
});

test("what was not agreed is refused, and nothing is left of it", () => {
  const before = wsproof.liveEndpoints();
  for (const deflate of [
    "",
    "x-else",
    "permessage-deflate; server_max_window_bits=7",
    { agreed: "permessage-deflate", level: 10 },
    { agreed: "permessage-deflate", memLevel: 0 },
    { agreed: "permessage-deflate", minLength: -1 },
  ]) {
    assert.throws(() => new Connection("client", { deflate }), RangeError);
    assert.throws(() => new Decoder("client", { deflate }), RangeError);
  }
  assert.equal(wsproof.liveEndpoints(), before);
  assert.throws(() => wsproof.offerDeflate({ serverMaxWindowBits: 16 }), { name: "HandshakeError" });
  assert.throws(() => wsproof.agreedDeflate("", "permessage-deflate"), { clause: "RFC 6455 §4.1 item 5" });
  assert.equal(wsproof.answerDeflate("x-else"), undefined);
  assert.equal(wsproof.agreedDeflate("permessage-deflate", ""), undefined);
});

test("the handshake", () => {
  const key = wsproof.newKey();
  assert.notEqual(key, wsproof.newKey());
  assert.equal(wsproof.acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const request = buildRequest({
    host: "example.org",
    target: "/chat?x",
    key,
    protocols: ["a", "b"],
    headers: { Origin: "http://example.org" },
  });
  assert.equal(readRequest(request.subarray(0, 20)), undefined);
  const read = readRequest(octets(request, HELLO));
  assert.equal(read?.length, request.length);
  assert.deepEqual(read?.protocols, ["a", "b"]);
  assert.equal(read?.target, "/chat?x");
  assert.ok(read?.headers.some(([name, value]) => name === "Origin" && value === "http://example.org"));
  const answer = buildAccept(request, "b");
  assert.deepEqual(readResponse(answer, key, { protocols: ["a", "b"] }), {
    length: answer.length,
    protocol: "b",
    extensions: "",
    warnings: [],
  });
  assert.throws(() => readResponse(answer, wsproof.newKey(), { protocols: ["b"] }), {
    name: "HandshakeError",
    clause: "RFC 6455 §4.1 item 4",
  });
  assert.throws(() => buildRequest({ host: "a\r\nb", key }), wsproof.HandshakeError);
  const old = octets(Buffer.from(text(request).replace("Version: 13", "Version: 8")));
  assert.throws(() => readRequest(old), { status: 426 });
  assert.match(text(buildRefusal(old)), /^HTTP\/1\.1 426 /);
});

test("a stream of events; a violation is its error", async () => {
  const stream = new Blob([octets(HELLO), octets([0x82, 0x80, 0, 0, 0, 0]), octets([0xff])]).stream();
  const types = [];
  await assert.rejects(async () => {
    for await (const event of stream.pipeThrough(wsproof.decoderStream("server"))) types.push(event.type);
  }, wsproof.Violation);
});

test("memory is given back, once", () => {
  const before = wsproof.liveEndpoints();
  const decoder = new Decoder("client");
  assert.equal(wsproof.liveEndpoints(), before + 1);
  decoder[Symbol.dispose]();
  decoder[Symbol.dispose]();
  assert.equal(wsproof.liveEndpoints(), before);
  assert.throws(() => decoder.feed(new Uint8Array(2)), /disposed/);
});

test("forgotten decoders are given back too", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const before = wsproof.liveEndpoints();
  const forget = () => {
    for (let i = 0; i < 1000; i++) new Decoder("client").feed(octets([0x82, 1, 7]));
  };
  forget();
  for (let turn = 0; turn < 100 && wsproof.liveEndpoints() > before; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(wsproof.liveEndpoints() <= before, `${wsproof.liveEndpoints() - before} are left`);
});

test("what makes no sense is refused, not passed on", () => {
  assert.throws(() => new Decoder("peer"), TypeError);
  assert.throws(() => new Decoder("client", { maxFrame: Number.NaN }), RangeError);
  assert.throws(() => new Decoder("client", { allowedRsv: 8 }), RangeError);
  assert.throws(() => new Decoder("client").feed("text"), TypeError);
  assert.throws(() => new Decoder("client").feed(null), TypeError);
});

test("a frame within a frame", () => {
  for (const role of ["client", "server"]) {
    for (const size of [3, 127, 128, 129, 5000, 20_000]) {
      const encoder = new Encoder(role);
      const inner = encoder.encode(2, new Uint8Array(size).fill(size));
      const before = inner.slice();
      const outer = encoder.encode(2, inner);
      assert.deepEqual(inner, before);
      const batch = new Decoder(role === "client" ? "server" : "client").feed(outer);
      assert.deepEqual(Buffer.from(batch.payload(0)), Buffer.from(before));
    }
  }
});

test("a header is remembered for frames of its kind and length alone", () => {
  const encoder = new Encoder("server");
  const sizes = [0, 1, 125, 126, 127, 255, 256, 382, 65_535, 65_536, 65_792];
  for (let round = 0; round < 2; round++) {
    for (const opcode of [1, 2, 9]) {
      for (const options of [undefined, {}, { fin: false }, { rsv: 4 }]) {
        for (const size of sizes) {
          const payload = new Uint8Array(size);
          const header = encoder.header(opcode, payload, options);
          assert.deepEqual(header, encoder.encode(opcode, payload, options).slice(0, -size || undefined));
          assert.equal(header[0], (options?.fin === false ? 0 : 128) | (options?.rsv === 4 ? 64 : 0) | opcode);
        }
      }
    }
  }
  const [one, two] = [new Encoder("client"), new Encoder("client")].map((client) => client.header(2, octets([1])));
  assert.notDeepEqual(one, two, "each has a key of its own");
});

test("a batch tells of the last read, its table is a copy", () => {
  const decoder = new Decoder("client");
  const batch = decoder.feed(octets([0x82, 1, 7]));
  const table = batch.table;
  structuredClone(table.buffer, { transfer: [table.buffer] });
  assert.equal(batch.payload(0)[0], 7);
  assert.equal(decoder.feed(octets([0x89, 0, 0x82, 1, 9])), batch);
  assert.deepEqual(
    [...batch].map((event) => event.type),
    ["ping", "binary"],
  );
});

test("memory that belongs to another purpose is refused, and nothing breaks", () => {
  const decoder = new Decoder("client");
  assert.throws(() => decoder.feed(Object.create(Uint8Array.prototype)), TypeError);
  assert.throws(() => decoder.feed(new Uint16Array(2)), TypeError);
  assert.throws(() => new Encoder("client").encode(2, Object.create(Uint8Array.prototype)), TypeError);
  assert.equal(decoder.feed(octets([0x82, 1, 9])).payload(0)[0], 9);
});

test("odd arguments end in errors", () => {
  const values = [undefined, null, "", "x", -1, 1.5, Number.NaN, 2 ** 60, {}, [], Symbol.iterator, 10n, () => 1];
  const calls = [
    (value) => new Decoder(value),
    (value) => new Decoder("client", value),
    (value) => new Decoder("client", { maxMessage: value, maxFragments: value }),
    (value) => new Decoder("client", { deflate: value }),
    (value) => new Connection("client", { seed: value, pongBacklog: value }),
    (value) => new Decoder("client").feed(value),
    (value) => new Connection("server").receive(value),
    (value) => new Connection("client").sendText(value),
    (value) => new Connection("client").sendBinary(value),
    (value) => new Connection("client").sendFragment(value, value, value),
    (value) => new Connection("client").sendPing(value),
    (value) => new Connection("client").close(value, value),
    (value) => new Encoder(value),
    (value) => new Encoder("client").encode(value, value, value),
    (value) => new Encoder("server").header(value, value, value),
    (value) => mask(value, value, value),
    (value) => wsproof.acceptKey(value),
    (value) => buildRequest(value),
    (value) => buildRequest({ host: value, key: value, protocols: value, headers: value }),
    (value) => readRequest(value),
    (value) => readResponse(value, value, value),
    (value) => buildAccept(value, value, value),
    (value) => buildRefusal(value),
    (value) => wsproof.offerDeflate(value),
    (value) => wsproof.offerDeflate({ serverMaxWindowBits: value }),
    (value) => wsproof.answerDeflate(value, value),
    (value) => wsproof.agreedDeflate(value, value),
  ];
  for (const [at, call] of calls.entries()) {
    for (const value of values) {
      try {
        call(value);
      } catch (error) {
        assert.ok(error instanceof Error, `call ${at} threw ${String(error)}`);
        assert.doesNotMatch(error.message, /internal error|unreachable/, `call ${at} of ${String(value)}`);
      }
    }
  }
  // All still works.
  assert.equal(new Decoder("client").feed(octets([0x81, 1, 65])).text(0), "A");
});

/** Calls that take octets, each on an end of its own. */
const TAKERS = {
  feed: (octets) => new Decoder("client").feed(octets),
  "feed with compression": (octets) => new Decoder("client", { deflate: "permessage-deflate" }).feed(octets),
  receive: (octets) => new Connection("client").receive(octets),
  sendBinary: (octets) => new Connection("client").sendBinary(octets),
  sendFragment: (octets) => new Connection("client").sendFragment("text", octets, true),
  sendPing: (octets) => new Connection("client").sendPing(octets),
  encode: (octets) => new Encoder("client").encode(2, octets),
  "encode unmasked": (octets) => new Encoder("server").encode(2, octets),
  mask: (octets) => mask(Uint8Array.of(1, 2, 3, 4), octets),
};

test("memory that another thread may change is refused, and left as it was", () => {
  for (const [name, call] of Object.entries(TAKERS)) {
    // What is only read may be copied before.
    if (name.startsWith("encode")) continue;
    for (const size of [4, 40_000]) {
      const shared = new Uint8Array(new SharedArrayBuffer(size)).fill(1);
      if (name === "sendPing" && size > 125) continue;
      assert.throws(() => call(shared), { name: "TypeError", message: /SharedArrayBuffer.*octets\.slice\(\)/ }, name);
      assert.ok(shared.every((octet) => octet === 1));
    }
    // An empty view may be on one too.
    assert.throws(() => call(new Uint8Array(new SharedArrayBuffer(0))), { name: "TypeError" }, name);
  }
  for (const size of [0, 4, 1000, 40_000]) {
    const shared = new Uint8Array(new SharedArrayBuffer(size)).fill(1);
    const frame = new Encoder("client").encode(2, shared);
    assert.deepEqual(new Decoder("server").feed(frame).payload(0), shared.slice());
  }
  const copy = new Uint8Array(new SharedArrayBuffer(3));
  copy.set([0x81, 1, 65]);
  assert.equal(new Decoder("client").feed(copy.slice()).text(0), "A");
});

test("octets that were transferred are not taken for none", () => {
  for (const [name, call] of Object.entries(TAKERS)) {
    const gone = new Uint8Array(8);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    assert.throws(() => call(gone), { name: "TypeError", message: /octets are gone/ }, name);
  }
  // None at all is legal.
  assert.equal(new Decoder("client").feed(new Uint8Array()).length, 0);
  assert.deepEqual([...new Encoder("server").encode(1, new Uint8Array())], [0x81, 0]);
});

test("a decoder that refused octets goes on where it was", () => {
  const decoder = new Decoder("client");
  decoder.feed(octets([0x81]));
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  assert.throws(() => decoder.feed(shared), TypeError);
  assert.equal(decoder.feed(octets([1, 65])).text(0), "A");
  assert.equal(decoder.offset, 3);
});

test("octets in resizable memory, however that is resized", () => {
  const frame = [0x81, 3, 65, 66, 67];
  const buffer = new ArrayBuffer(5, { maxByteLength: 100_000 });
  const tracking = new Uint8Array(buffer);
  tracking.set(frame);
  const decoder = new Decoder("client");
  const batch = decoder.feed(tracking);
  assert.equal(batch.text(0), "ABC");
  buffer.resize(100_000);
  tracking.fill(66);
  tracking.set(frame);
  assert.equal(decoder.feed(tracking.subarray(0, 5)).text(0), "ABC");
  // All of it, as it is now.
  tracking.set([0x82, 127, 0, 0, 0, 0, 0, 1, 0x86, 0x96]);
  const large = decoder.feed(tracking);
  assert.equal(large.length, 1);
  assert.equal(large.payload(0).length, 99_990);
  // What lies beyond the end is no octet.
  const beyond = new Uint8Array(buffer, 50_000, 100);
  buffer.resize(10);
  assert.equal(beyond.length, 0);
  assert.equal(new Decoder("client").feed(beyond).length, 0);
  mask(Uint8Array.of(1, 1, 1, 1), beyond);
  assert.equal(tracking.length, 10);
  mask(Uint8Array.of(0xff, 0, 0, 0), tracking);
  assert.equal(tracking[0], 0x7d);
});
