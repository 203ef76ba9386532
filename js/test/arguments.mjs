// Every public function with every kind of wrong argument, on the half that WSPROOF_BACKEND names: prints what each says.
import * as wsproof from "wsproof";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const REQUEST = wsproof.buildRequest({ host: "localhost", key: KEY });
const RESPONSE = wsproof.buildAccept(REQUEST);
const DEFLATE = "permessage-deflate";

/** A value of each kind. What a function takes is left out for it; the rest is wrong for all. */
const VALUES = {
  null: null,
  true: true,
  zero: 0,
  "minus one": -1,
  half: 1.5,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  huge: 2 ** 60,
  bigint: 10n,
  "": "",
  "text of digits": "1000",
  text: "abc",
  symbol: Symbol.iterator,
  array: ["abc"],
  object: {},
  "misspelt option": { maxmessage: 5 },
  function: () => 1,
  octets: Uint8Array.of(1, 2, 3, 4),
  "words of 16 bits": new Uint16Array(2),
  "array buffer": new ArrayBuffer(4),
};
const NUMBERS = ["zero", "minus one", "half", "NaN", "Infinity", "huge"];

/** Kinds of argument: which of the values are right. */
const RIGHT = {
  role: [],
  kind: [],
  text: ["", "text of digits", "text"],
  octets: ["octets"],
  octetsOrText: ["octets", "", "text of digits", "text"],
  flag: ["true"],
  options: ["object"],
  // An object of strings takes any names.
  fields: ["object"],
  texts: ["array"],
  needed: [],
  limit: ["zero", "half", "Infinity", "huge"],
  whole: ["zero"],
  natural: [],
  index: ["zero"],
  // Without text no compression was agreed.
  deflate: [""],
};

const batch = () => new wsproof.Decoder("client").feed(Uint8Array.of(0x82, 1, 7));
const connection = () => new wsproof.Connection("client");
const encoder = () => new wsproof.Encoder("client");
const octets = Uint8Array.of(1);

/** Each argument of each function: its kind, and a call that is right but for it. */
export const CALLS = {
  "new Decoder(receiver)": ["role", (value) => new wsproof.Decoder(value)],
  "new Decoder(options)": ["options", (value) => new wsproof.Decoder("client", value)],
  "new Connection(role)": ["role", (value) => new wsproof.Connection(value)],
  "new Connection(options)": ["options", (value) => new wsproof.Connection("client", value)],
  "new Encoder(role)": ["role", (value) => new wsproof.Encoder(value)],
  "Decoder.feed": ["octets", (value) => new wsproof.Decoder("client").feed(value)],
  "Connection.receive": ["octets", (value) => connection().receive(value)],
  "Connection.sendText": ["text", (value) => connection().sendText(value)],
  "Connection.sendBinary": ["octets", (value) => connection().sendBinary(value)],
  "Connection.sendFragment(type)": ["kind", (value) => connection().sendFragment(value, octets, true)],
  "Connection.sendFragment(payload)": ["octets", (value) => connection().sendFragment("binary", value, true)],
  "Connection.sendFragment(last)": ["flag", (value) => connection().sendFragment("binary", octets, value)],
  "Connection.sendPing": ["octets", (value) => connection().sendPing(value)],
  "Connection.sendPong": ["octets", (value) => connection().sendPong(value)],
  "Connection.close(code)": ["natural", (value) => connection().close(value)],
  "Connection.close(reason)": ["text", (value) => connection().close(1000, value)],
  "Encoder.encode(opcode)": ["whole", (value) => encoder().encode(value, octets)],
  "Encoder.encode(payload)": ["octetsOrText", (value) => encoder().encode(2, value)],
  "Encoder.encode(options)": ["options", (value) => encoder().encode(2, octets, value)],
  "Encoder.encode(fin)": ["flag", (value) => encoder().encode(2, octets, { fin: value })],
  "Encoder.encode(rsv)": ["whole", (value) => encoder().encode(2, octets, { rsv: value })],
  "Encoder.header(opcode)": ["whole", (value) => encoder().header(value, octets)],
  "Encoder.header(payload)": ["octets", (value) => encoder().header(2, value)],
  "Encoder.header(options)": ["options", (value) => encoder().header(2, octets, value)],
  "Batch.opcode": ["index", (value) => batch().opcode(value)],
  "Batch.isLast": ["index", (value) => batch().isLast(value)],
  "Batch.payload": ["index", (value) => batch().payload(value)],
  "Batch.text": ["index", (value) => batch().text(value)],
  "Batch.event": ["index", (value) => batch().event(value)],
  "mask(key)": ["octets", (value) => wsproof.mask(value, octets)],
  "mask(octets)": ["octets", (value) => wsproof.mask(Uint8Array.of(1, 2, 3, 4), value)],
  "mask(offset)": ["whole", (value) => wsproof.mask(Uint8Array.of(1, 2, 3, 4), octets, value)],
  "decoderStream(receiver)": ["role", (value) => wsproof.decoderStream(value)],
  "decoderStream(options)": ["options", (value) => wsproof.decoderStream("client", value)],
  acceptKey: ["text", (value) => wsproof.acceptKey(value)],
  buildRequest: ["needed", (value) => wsproof.buildRequest(value)],
  readRequest: ["octets", (value) => wsproof.readRequest(value)],
  "buildAccept(request)": ["octets", (value) => wsproof.buildAccept(value)],
  "buildAccept(protocol)": ["text", (value) => wsproof.buildAccept(REQUEST, value)],
  "buildAccept(extensions)": ["text", (value) => wsproof.buildAccept(REQUEST, "", value)],
  buildRefusal: ["octets", (value) => wsproof.buildRefusal(value)],
  "readResponse(octets)": ["octets", (value) => wsproof.readResponse(value, KEY)],
  "readResponse(key)": ["text", (value) => wsproof.readResponse(RESPONSE, value)],
  "readResponse(offer)": ["options", (value) => wsproof.readResponse(RESPONSE, KEY, value)],
  offerDeflate: ["options", (value) => wsproof.offerDeflate(value)],
  "answerDeflate(offers)": ["text", (value) => wsproof.answerDeflate(value)],
  "answerDeflate(wishes)": ["options", (value) => wsproof.answerDeflate(DEFLATE, value)],
  "agreedDeflate(offered)": ["text", (value) => wsproof.agreedDeflate(value, "")],
  "agreedDeflate(answer)": ["text", (value) => wsproof.agreedDeflate(DEFLATE, value)],
};
for (const [name, make] of [
  ["Decoder", (options) => new wsproof.Decoder("client", options)],
  ["Connection", (options) => new wsproof.Connection("client", options)],
]) {
  for (const option of ["maxFrame", "maxMessage", "maxFragments"]) {
    CALLS[`${name} ${option}`] = ["limit", (value) => make({ [option]: value })];
  }
  CALLS[`${name} allowedRsv`] = ["whole", (value) => make({ allowedRsv: value })];
  CALLS[`${name} deflate`] = ["deflate", (value) => make({ deflate: value })];
  CALLS[`${name} deflate.agreed`] = ["deflate", (value) => make({ deflate: { agreed: value } })];
  const deflate = (option) => (value) => make({ deflate: { agreed: DEFLATE, [option]: value } });
  CALLS[`${name} deflate.level`] = ["whole", deflate("level")];
  CALLS[`${name} deflate.memLevel`] = ["natural", deflate("memLevel")];
  CALLS[`${name} deflate.minLength`] = ["whole", deflate("minLength")];
  CALLS[`${name} deflate.checkWindow`] = ["flag", deflate("checkWindow")];
  CALLS[`${name} deflate.levle`] = ["needed", deflate("levle")];
}
for (const option of ["autoPong", "autoClose"]) {
  CALLS[`Connection ${option}`] = ["flag", (value) => new wsproof.Connection("client", { [option]: value })];
}
for (const option of ["pongBacklog", "seed"]) {
  CALLS[`Connection ${option}`] = ["whole", (value) => new wsproof.Connection("client", { [option]: value })];
}
for (const option of ["serverNoContextTakeover", "clientNoContextTakeover"]) {
  CALLS[`offerDeflate ${option}`] = ["flag", (value) => wsproof.offerDeflate({ [option]: value })];
}
for (const option of ["serverMaxWindowBits", "clientMaxWindowBits"]) {
  CALLS[`offerDeflate ${option}`] = ["natural", (value) => wsproof.offerDeflate({ [option]: value })];
}
for (const [option, kind] of Object.entries({
  target: "text",
  host: "text",
  key: "text",
  extensions: "text",
  protocols: "texts",
  headers: "fields",
})) {
  CALLS[`buildRequest ${option}`] = [
    kind,
    (value) => wsproof.buildRequest({ host: "localhost", key: KEY, [option]: value }),
  ];
}
CALLS["readResponse protocols"] = ["texts", (value) => wsproof.readResponse(RESPONSE, KEY, { protocols: value })];

/** What is called by no argument, or takes what only the package makes. */
export const WITHOUT = [
  "backend",
  "liveEndpoints",
  "loadAll",
  "newKey",
  "Violation",
  "HandshakeError",
  "Batch.fill",
  "Connection.receiveEof",
  "Connection.transmit",
];

const said = {};
for (const [name, [kind, call]] of Object.entries(CALLS)) {
  for (const [which, value] of Object.entries(VALUES)) {
    if (RIGHT[kind].includes(which)) continue;
    if (name.startsWith("buildRequest") && kind === "text" && ["", "text of digits", "text"].includes(which)) continue;
    let what = "nothing";
    try {
      call(value);
    } catch (error) {
      what = `${error.name}: ${error.message}`;
      // A number of the right type is out of range; anything else is of a wrong type.
      const numeric = ["whole", "natural", "index", "limit"].includes(kind) && NUMBERS.includes(which);
      const range = error.name === (numeric ? "RangeError" : "TypeError");
      // Text that is of no use is told by who reads it.
      const text = kind === "deflate" && typeof value === "string" && error.name === "RangeError";
      if (!range && !text) what = `wrongly ${what}`;
    }
    said[`${name} with ${which}`] = what;
  }
}
console.log(JSON.stringify(said));
