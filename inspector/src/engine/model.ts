/** What the engine answers; see bindings-wasm/inspect/src/. */

export type Sender = "client" | "server";

/** A capture in short. */
export interface Summary {
  source: "octets" | "har" | "events" | "netlog" | "pcap" | "report";
  /** Whether rows are frames; otherwise they are messages. */
  frames: boolean;
  connections: ConnectionSummary[];
  notes: string[];
}

export interface ConnectionSummary {
  name: string;
  rows: number;
  messages: number;
  violations: number;
  /** False when the server refused the handshake. */
  upgraded: boolean;
}

/** A broken rule. */
export interface Finding {
  text: string;
  clause: string;
  /** In the sender's stream, counted from the first octet after the handshake. */
  offset?: number;
  close_code?: number;
}

/** A broken rule in a row. */
export interface RowFinding extends Finding {
  row: number;
}

export interface Head {
  line: string;
  headers: [string, string][];
}

/** A judgement on a header field, or (null) on the first line or a missing field. */
export interface Check {
  sender: Sender;
  header: number | null;
  ok: boolean;
  text: string;
  clause: string;
}

export interface Handshake {
  request: Head | null;
  response: Head | null;
  protocol: string | null;
  deflate: string | null;
  violations: Finding[];
  checks: Check[];
}

/** What one end sent. */
export interface EndStatistics {
  frames: number;
  headerOctets: number;
  payloadOctets: number;
  opcodes: number[];
  messages: number;
  messageOctets: number;
  messageWireOctets: number;
}

export interface Details {
  name: string;
  handshake: Handshake | null;
  notes: string[];
  /** What the page's WebSocket was told. */
  toldClose: { code: number; reason: string; clean: boolean } | null;
  told: Finding[];
  closes: { row: number; sender: Sender; code: number | null; reason: string | null }[];
  /** The client's, then the server's. */
  ends: [EndStatistics, EndStatistics];
}

/** Which rows are shown; what is left out lets everything pass. */
export interface Filter {
  sender?: Sender;
  opcodes?: number[];
  violations?: boolean;
  minLen?: number;
  maxLen?: number;
  text?: string;
  regex?: boolean;
}

/** How a capture is read; what is left out is found out. */
export interface Choice {
  format?: string;
  sender?: Sender;
  deflate?: string;
  /** In packets: the port of a WebSocket server, whose connections are read as frames also without a handshake. */
  port?: number;
  /** In packets: connections are read as frames also where neither a handshake nor frames were seen. */
  force?: boolean;
}

/** Encodings of binary payloads; see inspect/src/payload. */
export type Encoding = "msgpack" | "cbor" | "protobuf";

/** What a payload was read as. */
export interface Decoded {
  encoding: Encoding;
  items: TreeNode[];
  /** Why it was not read to its end. */
  fault?: string;
}

/** A value in a payload. */
export interface TreeNode {
  key?: string;
  kind: "map" | "array" | "tag" | "string" | "bytes" | "number" | "boolean" | "null";
  text: string;
  children?: TreeNode[];
}

/** A ping and its pong, a close and its answer. */
export interface RoundTrip {
  /** The other row. */
  other: number;
  is_answer: boolean;
  /** Microseconds between them. */
  us: number | null;
}

/** How two messages differ; see inspect/src/difference.rs. */
export interface Difference {
  kind: "json" | "text" | "octets";
  parts: { side: "both" | "before" | "after"; text: string }[];
  changes: { path: string; before: string | null; after: string | null }[];
  note?: string;
}

/** Which octets of a row. */
export type { Export, Part } from "../../../bindings-wasm/pkg/inspect/inspect.js";
