import { RunError } from "./errors.js";
import type { Framework, Test } from "./framework.js";

/**
 * What keeps all cases of a suite from running: a server that cannot be reached, a function that throws. It fails the
 * first test that meets it, and the others are skipped, for they would say the same.
 */
export class Trouble {
  readonly #framework: Framework;
  #error: { is: unknown } | undefined;
  #toldBy: string | undefined;

  constructor(framework: Framework) {
    this.#framework = framework;
  }

  /** Notes it. Only the first counts. */
  note(error: unknown): void {
    this.#error ??= { is: error };
  }

  /** Does something that all cases need; what it throws is trouble. */
  async meet(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.note(error);
    }
  }

  /** Whether this test ends here. Throws the trouble if nobody has yet. */
  stops(test: Test, name: string): boolean {
    if (this.#error === undefined) return false;
    if (this.#toldBy === undefined) {
      this.#toldBy = name;
      this.#framework.skipRest();
      throw withoutOurFrames(this.#error.is);
    }
    const why = `not run: see ${this.#toldBy}`;
    if (!test.canSkip) throw new RunError(why);
    test.skip(why);
    return true;
  }
}

/** Where in our code an error of ours was made says nothing to those who read it. */
function withoutOurFrames(error: unknown): unknown {
  if (error instanceof Error && /^(Usage|Run)Error$/.test(error.name)) {
    error.stack = `${error.name}: ${error.message}`;
  }
  return error;
}
