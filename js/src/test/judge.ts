import { Baseline, type Ran } from "./baseline.js";
import type { ChoiceOptions } from "./choose.js";
import type { Case, Outcome } from "./engine.js";
import { ConformanceError } from "./errors.js";
import type { Test } from "./framework.js";

/** So many lines of a long wire log are shown, at its start and at its end. */
const LOG = [30, 20] as const;

/** So many failures of a test file are told in full, with their wire logs; of the others there is one line each. */
const FULL = 10;

/** How many were. The suites of a file share it. */
let told = 0;

/** What more is known of a case than its outcome. */
export interface Beside {
  /** What the testee threw. */
  readonly raised?: unknown;
  /** What else is to be said. */
  readonly note?: string;
}

/** From outcomes to tests that pass, fail or are skipped. */
export class Judge {
  readonly #strict: boolean;
  readonly #report: string | undefined;
  readonly #baseline: Baseline | undefined;
  readonly #updates: boolean;
  readonly #ran: Ran[] = [];

  constructor(options: ChoiceOptions & { report?: string }, suite: string) {
    this.#strict = options.strict ?? false;
    this.#report = options.report;
    this.#updates = options.baseline !== undefined && process.env.WSPROOF_UPDATE_BASELINE === "1";
    this.#baseline = options.baseline === undefined ? undefined : new Baseline(options.baseline, suite, this.#updates);
  }

  /** Throws a {@link ConformanceError} if the outcome is not what it should be. */
  judge(outcome: Outcome, about: Case, test: Test, beside: Beside = {}): void {
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
      throw new ConformanceError(outcome, `${missed}\n${this.#text(outcome, about, beside)}`);
    }
    if (fails) throw new ConformanceError(outcome, this.#text(outcome, about, beside));
    if (outcome.verdict !== "unimplemented") return;
    const why = `${outcome.id} is unimplemented: ${outcome.reason}`;
    // What is skipped must not count as passed.
    if (!test.canSkip) {
      const section = `${/^\d+/.exec(outcome.id)?.[0]}.*`;
      throw new Error(
        `${why} jest cannot skip a test that runs: leave such cases out (cases: ["!${section}"]), or expect them in a baseline (${section} unimplemented)`,
      );
    }
    test.skip(why);
  }

  #text(outcome: Outcome, about: Case, { raised, note }: Beside): string {
    const more = [raised === undefined ? "" : `the testee threw ${String(raised)}`, note ?? ""].filter(Boolean);
    told += 1;
    if (told <= FULL) {
      return [outcome.explain(about, ...LOG).trimEnd(), ...more.map((line) => `  ${line}`)].join("\n\n");
    }
    const log = this.#report === undefined ? `run it alone, cases: ["${outcome.id}"]` : `${this.#report}/index.html`;
    const reason = [outcome.reason.split("\n")[0], ...more.map((line) => line.split("\n")[0])].join("; ");
    return `${outcome.verdict}: ${reason} (its wire log: ${log})`;
  }

  /** Writes the baseline, if that was asked for. */
  end(): void {
    if (this.#updates) this.#baseline?.update(this.#ran);
  }
}
