import { Baseline, type Ran } from "./baseline.js";
import type { ChoiceOptions } from "./choose.js";
import type { Case, Outcome } from "./engine.js";
import { ConformanceError } from "./errors.js";

/** So many lines of a long wire log are shown, at its start and at its end. */
const LOG = [60, 40] as const;

/** From outcomes to tests that pass, fail or are skipped. */
export class Judge {
  readonly #strict: boolean;
  readonly #baseline: Baseline | undefined;
  readonly #updates: boolean;
  readonly #ran: Ran[] = [];

  constructor(options: ChoiceOptions, suite: string) {
    this.#strict = options.strict ?? false;
    this.#updates = options.baseline !== undefined && process.env.WSPROOF_UPDATE_BASELINE === "1";
    this.#baseline = options.baseline === undefined ? undefined : new Baseline(options.baseline, suite, this.#updates);
  }

  /** Throws a {@link ConformanceError} if the outcome is not what it should be; `raised` is what the testee threw. */
  judge(outcome: Outcome, about: Case, skip: (why: string) => void, raised?: unknown): void {
    const fails = outcome.fails(this.#strict);
    if (this.#updates) {
      this.#ran.push({ id: outcome.id, verdict: outcome.verdict, fails });
      return;
    }
    const expected = this.#baseline?.expectation(outcome.id);
    if (expected !== undefined) {
      if (expected.verdict === outcome.verdict) return;
      const end = outcome.verdict === "pass" ? " Remove the line." : "";
      const missed = `${expected.where}, expects the verdict ${expected.verdict}, and it was ${outcome.verdict}.${end}`;
      throw new ConformanceError(outcome, `${missed}\n${text(outcome, about, raised)}`);
    }
    if (fails) throw new ConformanceError(outcome, text(outcome, about, raised));
    if (outcome.verdict === "unimplemented") skip(`${outcome.id} is unimplemented: ${outcome.reason}`);
  }

  /** Writes the baseline, if that was asked for. */
  end(): void {
    if (this.#updates) this.#baseline?.update(this.#ran);
  }
}

function text(outcome: Outcome, about: Case, raised: unknown): string {
  const all = outcome.explain(about, ...LOG).trimEnd();
  return raised === undefined ? all : `${all}\n\n  the testee threw ${String(raised)}`;
}
