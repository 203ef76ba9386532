/**
 * What the package's functions take: one table for both halves, so that a wrong argument gives the same error in each. What is
 * of a wrong type is a `TypeError`, a number out of range a `RangeError`, an option that does not exist a `TypeError`.
 */
import { isOctets } from "./backend.js";

/** Tells what is wrong with a value of this name, by throwing. */
export type Check = (name: string, value: unknown) => void;

/** The names of options, and what each may be. `undefined` stands for "left out". */
export type Options = Readonly<Record<string, Check>>;

/** A value as an error shows it: short, and without running its code. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return String(value);
  if (Array.isArray(value)) return "an array";
  if (ArrayBuffer.isView(value)) return "a view of another type";
  return typeof value === "function" ? "a function" : "an object";
}

function wrong(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${name} is ${wanted}, not ${shown(value)}`);
}

/** A number, for what is then a question of its range. */
function number(name: string, wanted: string, value: unknown): number {
  if (typeof value !== "number") throw wrong(name, wanted, value);
  return value;
}

/** A whole number from `least` to `most`. */
export function whole(least: number, most: number): Check {
  const wanted = `a whole number from ${least} to ${most}`;
  return (name, value) => {
    const given = number(name, wanted, value);
    if (!(Number.isInteger(given) && given >= least && given <= most)) {
      throw new RangeError(`${name} is ${wanted}, not ${given}`);
    }
  };
}

/** A limit: a number of at least 0, of which `Infinity` is none. */
export const limit: Check = (name, value) => {
  const wanted = "a number of at least 0";
  const given = number(name, wanted, value);
  if (!(given >= 0)) throw new RangeError(`${name} is ${wanted}, not ${given}`);
};

/** True or false. */
export const flag: Check = (name, value) => {
  if (typeof value !== "boolean") throw wrong(name, "true or false", value);
};

/** Text. */
export const text: Check = (name, value) => {
  if (typeof value !== "string") throw wrong(name, "a string", value);
};

/** Octets, of whose memory nothing is said. */
export const octets: Check = (name, value) => {
  if (!isOctets(value)) throw wrong(name, "a Uint8Array", value);
};

/** Octets or text. */
export const octetsOrText: Check = (name, value) => {
  if (typeof value !== "string" && !isOctets(value)) throw wrong(name, "a Uint8Array or a string", value);
};

/** One of these names. */
export function oneOf(...names: readonly string[]): Check {
  const wanted = names.map((name) => JSON.stringify(name)).join(" or ");
  return (name, value) => {
    if (typeof value !== "string" || !names.includes(value)) throw wrong(name, wanted, value);
  };
}

/** A list of names. A string is none: it would be taken for its characters. */
export const texts: Check = (name, value) => {
  if (!Array.isArray(value)) throw wrong(name, "an array of strings", value);
  for (const [at, one] of value.entries()) text(`${name}[${at}]`, one);
};

/** Fields of a header: names and values. */
export const fields: Check = (name, value) => {
  plain(name, value);
  for (const [field, one] of Object.entries(value as object)) text(`${name}[${JSON.stringify(field)}]`, one);
};

function plain(name: string, value: unknown): void {
  const octets = ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
  if (typeof value !== "object" || value === null || Array.isArray(value) || octets) {
    throw wrong(name, "an object of options", value);
  }
}

/** An object with no options but these. */
export function options(known: Options, required: readonly string[] = []): Check {
  return (name, value) => {
    plain(name, value);
    const given = value as Record<string, unknown>;
    for (const option in given) {
      const check = Object.hasOwn(known, option) ? known[option] : undefined;
      if (check === undefined) {
        throw new TypeError(`${name} has no ${JSON.stringify(option)}: there are ${Object.keys(known).join(", ")}`);
      }
      if (given[option] !== undefined) check(option, given[option]);
    }
    for (const option of required) if (given[option] === undefined) throw wrong(option, "needed", undefined);
  };
}

/** Which end of a connection. */
export const role: Check = oneOf("client", "server");

const MOST = Number.MAX_SAFE_INTEGER;

const deflateOptions = options(
  { agreed: text, level: whole(0, 9), memLevel: whole(1, 9), minLength: whole(0, MOST), checkWindow: flag },
  ["agreed"],
);

/** permessage-deflate as it was agreed. */
const deflate: Check = (name, value) => {
  if (typeof value !== "string") deflateOptions(name, value);
};

const DECODER: Options = {
  maxFrame: limit,
  maxMessage: limit,
  maxFragments: limit,
  allowedRsv: whole(0, 7),
  pieces: flag,
  deflate,
};

/** The options of each function that has some. */
export const decoderOptions: Check = options(DECODER);
export const connectionOptions: Check = options({
  ...DECODER,
  autoPong: flag,
  autoClose: flag,
  pongBacklog: whole(0, 0xffff_ffff),
  seed: whole(0, MOST),
});
export const frameOptions: Check = options({ fin: flag, rsv: whole(0, 7) });
export const deflateWishes: Check = options({
  serverNoContextTakeover: flag,
  clientNoContextTakeover: flag,
  serverMaxWindowBits: whole(8, 15),
  clientMaxWindowBits: whole(8, 15),
});
export const requestOptions: Check = options(
  { target: text, host: text, key: text, protocols: texts, extensions: text, headers: fields },
  ["host", "key"],
);
export const responseOffer: Check = options({ protocols: texts, extensions: text });

/** Single arguments. */
export const opcode: Check = whole(0, 15);
export const closeCode: Check = whole(0, 0xffff);
export const offset: Check = whole(0, MOST);
export const kind: Check = oneOf("text", "binary");
