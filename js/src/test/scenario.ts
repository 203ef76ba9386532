import { writeFileSync } from "node:fs";
import { hex, joined } from "../octets.js";
import { type Case, engine } from "./engine.js";
import { guard } from "./errors.js";

/** Text, or octets. */
export type Data = string | Uint8Array;

/**
 * How a payload is compressed (RFC 7692 §7.2); it refers to no message before it.
 */
export interface Deflate {
  /** The type of the blocks: what a usual compressor makes, not compressed, or fixed Huffman codes. Default `"best"`. */
  block?: "best" | "stored" | "fixed";
  /** Set BFINAL on the last block; goes with `"stored"` and `"fixed"`. */
  final?: boolean;
  /** Send the octets `00 00 ff ff` at the end, which a sender must leave out. */
  tail?: boolean;
}

/** How a frame is sent. */
export interface FrameOptions {
  /** Default true. */
  fin?: boolean;
  /** RSV bits, 0 to 7; 4 is RSV1. Default 0. */
  rsv?: number;
  /** Not masked, with a random key, or with a key of four octets. By default a client masks and a server does not. */
  mask?: "none" | "random" | Uint8Array;
  /** The form of the length, by its bits (RFC 6455 §5.2). By default the shortest. */
  length?: 7 | 16 | 64;
  /** The length that the header says, if it is not that of the payload; `2 ** 63` sets the bit that must be 0. */
  announce?: number;
  /** Send what inflates to the data. */
  deflate?: Deflate;
  /** Write the frame in pieces of so many octets. */
  chop?: number;
  /** Write the frame apart from its neighbours. */
  alone?: boolean;
}

/** A rule, such as `["MUST", "RFC 6455 §5.5.2"]`. */
export type Clause = readonly [level: "MUST" | "SHOULD" | "MAY", section: string];

/** How a step waits for the testee. */
export interface AwaitOptions {
  /** Seconds. Default 1. */
  within?: number;
  /**
   * What it means if it does not come: `"fail"` and `"incomplete"` end the scenario, `"note"` and `"go_on"` do not.
   * Default `"fail"`.
   */
  otherwise?: "fail" | "note" | "incomplete" | "go_on";
  /** The rule that it proves. Default: the first of the scenario. */
  clause?: Clause;
}

/** What a scenario says beside its script. */
export interface ScenarioOptions {
  /** From `100.1` on; without one the first free number is given. */
  id?: string;
  /** What a right testee does, in words. */
  expectation?: string;
  /** The rules it proves, as `["MUST", "RFC 6455 §5.5.2"]`. */
  clauses?: readonly Clause[];
}

const utf8 = new TextEncoder();

type Json = Record<string, unknown>;
type Events = { behavior: string; events: Json[] };

function payload(data: Data): Json {
  return typeof data === "string" ? { text: data } : { hex: hex(data) };
}

/**
 * A script for one connection, and what is accepted. Each method returns a changed copy. Frames are sent at once when the
 * connection opens, unless `wait` splits them; what is expected is compared with what has come, in order.
 *
 * ```js
 * const scenario = new Scenario("ping in the middle")
 *   .sendText("a", { fin: false })
 *   .sendPing("x")
 *   .sendContinuation("b")
 *   .expectPong("x")
 *   .expectText("ab")
 *   .close(1000);
 * ```
 */
export class Scenario {
  readonly #description: string;
  readonly #options: ScenarioOptions;
  #steps: readonly Json[] = [];
  #accept: readonly Events[] = [];
  #close: Json = { by_fuzzer: true, codes: [1000], require_clean: true };
  #end: Json = { do: "close_after", seconds: 1 };
  #awaits = false;

  /** An empty script; the description says what it sends. */
  constructor(description: string, options: ScenarioOptions = {}) {
    this.#description = description;
    this.#options = options;
  }

  #changed(change: (copy: Scenario) => void): Scenario {
    const copy = new Scenario(this.#description, this.#options);
    copy.#steps = this.#steps;
    copy.#accept = this.#accept;
    copy.#close = this.#close;
    copy.#end = this.#end;
    copy.#awaits = this.#awaits;
    change(copy);
    return copy;
  }

  #step(step: Json): Scenario {
    return this.#changed((copy) => {
      copy.#steps = [...copy.#steps, step];
    });
  }

  #event(event: Json): Scenario {
    return this.#changed((copy) => {
      const lists = copy.#accept.length === 0 ? [{ behavior: "OK", events: [] }] : copy.#accept;
      const last = lists.at(-1) as Events;
      copy.#accept = [...lists.slice(0, -1), { ...last, events: [...last.events, event] }];
    });
  }

  /** Sends one frame, legal or not. `opcode` is 0 to 15 or a name such as `"text"`. */
  sendFrame(opcode: number | string, data: Data = "", options: FrameOptions = {}): Scenario {
    const { fin = true, rsv = 0, mask, length, announce, deflate, chop, alone } = options;
    return this.#step({
      do: "frame",
      opcode,
      fin,
      rsv,
      payload: { ...payload(data), ...(deflate === undefined ? {} : { deflate }) },
      ...(mask === undefined ? {} : { mask: typeof mask === "string" ? mask : hex(mask) }),
      ...(length === undefined ? {} : { length }),
      ...(announce === undefined ? {} : { announce }),
      ...(chop === undefined ? {} : { chop }),
      ...(alone ? { sync: true } : {}),
    });
  }

  /** Sends octets as they are, not masked and in no frame; in pieces of `chop` octets. */
  sendOctets(data: Data, options: { chop?: number } = {}): Scenario {
    return this.#step({
      do: "octets",
      payload: payload(data),
      ...(options.chop === undefined ? {} : { chop: options.chop }),
    });
  }

  /** Sends a text frame; its octets need not be UTF-8. */
  sendText(data: Data, options: FrameOptions = {}): Scenario {
    return this.sendFrame("text", data, options);
  }

  /** Sends a binary frame. */
  sendBinary(data: Data, options: FrameOptions = {}): Scenario {
    return this.sendFrame("binary", data, options);
  }

  /** Sends a continuation frame. */
  sendContinuation(data: Data, options: FrameOptions = {}): Scenario {
    return this.sendFrame("continuation", data, options);
  }

  /** Sends a ping. */
  sendPing(data: Data = ""): Scenario {
    return this.sendFrame("ping", data);
  }

  /** Sends a pong. */
  sendPong(data: Data = ""): Scenario {
    return this.sendFrame("pong", data);
  }

  /** Sends a message: text for a string, else binary; in frames of `fragment` octets. */
  sendMessage(data: Data, options: { fragment?: number } = {}): Scenario {
    const fragment = options.fragment === undefined ? {} : { fragment: options.fragment };
    return this.#step({ do: "message", binary: typeof data !== "string", payload: payload(data), ...fragment });
  }

  /** Starts the closing handshake in this place of the script. */
  sendClose(code?: number, reason: Data = ""): Scenario {
    const head = code === undefined ? [] : [code >>> 8, code & 255];
    const octets = joined([Uint8Array.from(head), typeof reason === "string" ? utf8.encode(reason) : reason]);
    return this.#step({ do: "close", payload: payload(octets) }).#changed((copy) => {
      copy.#close = { ...copy.#close, auto_close: false };
    });
  }

  /** Pauses the script for so many seconds. */
  wait(seconds: number): Scenario {
    return this.#step({ do: "wait", seconds });
  }

  #awaiting(step: Json, { clause, ...options }: AwaitOptions): Scenario {
    const rule = clause === undefined ? {} : { clause: { level: clause[0], section: clause[1] } };
    return this.#step({ ...step, ...options, ...rule }).#changed((copy) => {
      copy.#awaits = true;
    });
  }

  /**
   * Waits in this place until this message comes, a text for a string. With steps that wait the scenario is judged by them:
   * leave `expectText` and the like out, and `close`.
   */
  awaitMessage(data: Data, options: AwaitOptions = {}): Scenario {
    const event = { event: "message", binary: typeof data !== "string", payload: payload(data) };
    return this.#awaiting({ do: "expect", event }, options);
  }

  /** Waits in this place until this pong comes. */
  awaitPong(data: Data = "", options: AwaitOptions = {}): Scenario {
    return this.#awaiting({ do: "expect", event: { event: "pong", payload: payload(data) } }, options);
  }

  /** Waits so many seconds; no message may come meanwhile. */
  awaitSilence(seconds: number, options: Omit<AwaitOptions, "within"> = {}): Scenario {
    return this.#awaiting({ do: "expect_silence", seconds }, options);
  }

  /**
   * Waits in this place until the testee fails the connection, with one of these close codes; another one, or none, is a
   * note.
   */
  awaitRefusal(codes: readonly number[] = [1002], options: Omit<AwaitOptions, "otherwise"> = {}): Scenario {
    return this.#awaiting({ do: "refuse", codes: [...codes] }, options);
  }

  /** Next must come this text message. */
  expectText(text: string): Scenario {
    return this.#event({ event: "message", binary: false, payload: payload(text) });
  }

  /** Next must come this binary message. */
  expectBinary(data: Uint8Array): Scenario {
    return this.#event({ event: "message", binary: true, payload: payload(data) });
  }

  /** Next must come this pong. */
  expectPong(data: Data = ""): Scenario {
    return this.#event({ event: "pong", payload: payload(data) });
  }

  /** Begins another list of what is accepted, with the verdict that it leads to. */
  orElse(behavior: "OK" | "NON-STRICT" | "INFORMATIONAL" = "NON-STRICT"): Scenario {
    return this.#changed((copy) => {
      const lists = copy.#accept.length === 0 ? [{ behavior: "OK", events: [] }] : copy.#accept;
      copy.#accept = [...lists, { behavior, events: [] }];
    });
  }

  /** We close with `code` once all that is expected has come, after so many seconds at the latest. */
  close(code = 1000, within = 1): Scenario {
    return this.#changed((copy) => {
      copy.#close = { ...copy.#close, by_fuzzer: true, codes: [code], require_clean: true };
      copy.#end = { do: "close_after", seconds: within };
    });
  }

  /** The testee must close or fail the connection within so many seconds, with one of these codes or none. */
  expectClose(codes: readonly number[] = [], within = 1): Scenario {
    return this.#changed((copy) => {
      copy.#close = { by_fuzzer: false, codes: [...codes], auto_close: false };
      copy.#end = { do: "kill_after", seconds: within };
    });
  }

  /** The scenario as its JSON has it: what `wsproof test-server URL --scenario FILE` runs. */
  toJSON(): Record<string, unknown> {
    const { id, expectation, clauses = [] } = this.#options;
    const about = {
      ...(id === undefined ? {} : { id }),
      description: this.#description,
      ...(expectation === undefined ? {} : { expectation }),
      ...(clauses.length === 0 ? {} : { clauses: clauses.map(([level, section]) => ({ level, section })) }),
    };
    if (this.#awaits) {
      return { ...about, steps: [...this.#steps], ...(this.#accept.length === 0 ? {} : { accept: this.#accept }) };
    }
    const accept = this.#accept.length === 0 ? [{ behavior: "OK", events: [] }] : this.#accept;
    return {
      ...about,
      steps: [...this.#steps, this.#end],
      accept,
      // Closing at once is for one list of events that is not empty: of several, a longer one may still be coming.
      close: { auto_close: accept.length === 1 && (accept[0] as Events).events.length > 0, ...this.#close },
    };
  }

  /** Writes a file for the command's `--scenario`. Throws a `UsageError` that names the field which is wrong. */
  save(path: string): void {
    this.case();
    writeFileSync(path, `${JSON.stringify(this, null, 2)}\n`);
  }

  /** The scenario as a case. Throws a `UsageError` that names the field which is wrong. */
  case(): Case {
    return guard(() => engine().parseScenarios(JSON.stringify(this)))[0] as Case;
  }
}
