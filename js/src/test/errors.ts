import type { Outcome } from "./engine.js";

/** What was asked for cannot be: there is no such case, the URL is none, the port is in use, the file is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The testee cannot be reached, or the run cannot go on. */
export class RunError extends Error {
  override readonly name = "RunError";
}

/** A case failed. The text is for people: verdict, rules, what was expected and what came, the wire log. */
export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
  /** What became of the case. */
  declare readonly outcome: Outcome;

  /** Made by the helpers. */
  constructor(outcome: Outcome, text: string) {
    super(text);
    // Frameworks print what can be enumerated, and of an object of native code there is nothing to print.
    Object.defineProperty(this, "outcome", { value: outcome, enumerable: false });
    // Where the helper threw says nothing; the text does.
    this.stack = `${this.name}: ${text}`;
  }
}

/** The class that an error of the add-on belongs to. */
export function typed(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  if (code === "GenericFailure") return new RunError(error.message);
  return typeof code === "string" && /^(InvalidArg|\w+Expected)$/.test(code) ? new UsageError(error.message) : error;
}

/** Calls the add-on, with its errors made classes. */
export function guard<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw typed(error);
  }
}
