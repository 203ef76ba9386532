// Runs the shared vectors (tests/vectors/codec.json) on a wsproof module, wherever that runs: no Node here.

const hex = (octets) => Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
const octets = (text) => Uint8Array.from(text.match(/../g) ?? [], (two) => Number.parseInt(two, 16));

/** As the Rust test writes payloads: long ones as a sum. */
function written(payload) {
  if (payload.length <= 1000) return hex(payload);
  let sum = 0;
  for (const octet of payload) sum = (Math.imul(sum, 31) + octet) >>> 0;
  return `${payload.length} octets, sum ${sum}`;
}

function said(wsproof, vector, wire, step) {
  const { receiver, maxFrame, maxMessage, maxFragments, allowedRsv, deflate } = vector;
  const decoder = new wsproof.Decoder(receiver, { maxFrame, maxMessage, maxFragments, allowedRsv, deflate });
  const events = [];
  let violation = null;
  let message;
  let payload = [];
  for (let at = 0; at < wire.length && violation === null; at += step) {
    const batch = decoder.feed(wire.slice(at, at + step));
    for (const event of batch) {
      if (event.type === "close") {
        events.push({ type: "close", code: event.code ?? null, reason: event.reason });
      } else if (event.type === "ping" || event.type === "pong") {
        events.push({ type: event.type, payload: hex(event.payload) });
      } else {
        if (message === undefined) {
          if (!event.first) throw new Error("a message without a first piece");
          message = { type: event.type, rsv: event.rsv };
          payload = [];
          events.push(message);
        }
        for (const octet of event.payload) payload.push(octet);
        message.last = event.last;
        message.payload = payload;
        if (event.last) message = undefined;
      }
    }
    if (batch.violation !== undefined) {
      const { kind, clause, closeCode, offset, message: text } = batch.violation;
      violation = { kind, clause, closeCode, offset, text };
    }
  }
  for (const event of events) if (Array.isArray(event.payload)) event.payload = written(event.payload);
  const offset = violation === null ? decoder.offset : null;
  decoder[Symbol.dispose]();
  return { events, violation, offset };
}

function request(wsproof, head) {
  try {
    const read = wsproof.readRequest(new TextEncoder().encode(head));
    if (read === undefined) return { request: null, error: null };
    const { length, target, key, protocols, extensions } = read;
    return { request: { length, target, key, accept: wsproof.acceptKey(key), protocols, extensions }, error: null };
  } catch (error) {
    if (!(error instanceof wsproof.HandshakeError)) throw error;
    return { request: null, error: { clause: error.clause, status: error.status, text: error.message } };
  }
}

function response(wsproof, { head, key, protocols, extensions: offered }) {
  try {
    const read = wsproof.readResponse(new TextEncoder().encode(head), key, { protocols, extensions: offered });
    if (read === undefined) return { response: null, error: null };
    const { length, protocol = null, extensions } = read;
    const warnings = read.warnings.map(({ clause, message: text }) => ({ clause, text }));
    return { response: { length, protocol, extensions, warnings }, error: null };
  } catch (error) {
    if (!(error instanceof wsproof.HandshakeError)) throw error;
    return { response: null, error: { clause: error.clause, status: error.status, text: error.message } };
  }
}

/** A value with its keys in order, so that two can be compared as text. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** How many checks there were, and what this module says otherwise than Rust does. */
export function check(wsproof, vectors) {
  const differences = [];
  let checks = 0;
  const compare = (name, got, vector, keys) => {
    checks++;
    const wanted = Object.fromEntries(keys.map((key) => [key, vector[key]]));
    const [left, right] = [got, wanted].map((value) => JSON.stringify(sorted(value)));
    if (left !== right) differences.push(`${name}\n  says   ${left}\n  not    ${right}`);
  };
  for (const vector of vectors.streams) {
    const wire = octets(vector.wire);
    for (const step of wire.length > 2000 ? [wire.length, 1000] : [Math.max(wire.length, 1), 1, 2, 3, 7]) {
      const name = `${vector.name}, ${step} octets a read`;
      compare(name, said(wsproof, vector, wire, step), vector, ["events", "violation", "offset"]);
    }
  }
  for (const vector of vectors.requests) {
    compare(vector.name, request(wsproof, vector.head), vector, ["request", "error"]);
  }
  for (const vector of vectors.responses) {
    compare(vector.name, response(wsproof, vector), vector, ["response", "error"]);
  }
  return { checks, differences };
}
