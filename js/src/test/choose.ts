import { type Case, type Engine, engine } from "./engine.js";
import { guard } from "./errors.js";
import type { Scenario } from "./scenario.js";

/** Which cases run, and what counts as failure. */
export interface ChoiceOptions {
  /** Patterns such as `"6.*"` or `"!9.*"` (left out). Default: all of the profile, or the scenarios if there are any. */
  cases?: readonly string[];
  /**
   * `"quick"` (all 517 cases, with fewer messages in the long loops), `"full"` (with Autobahn's counts), `"core"` (sections
   * 1 to 7 and 10: no compression, nothing large). Default `"quick"`, as everywhere.
   */
  profile?: "full" | "quick" | "core";
  /** Scenarios of one's own: objects, or paths of JSON files. */
  scenarios?: readonly (Scenario | string)[];
  /** Whatever is not a plain pass fails, but for cases that are only for information. Default false. */
  strict?: boolean;
  /** A file of expected verdicts: see the README. `WSPROOF_UPDATE_BASELINE=1` writes it. */
  baseline?: string;
  /** The name of the suite. */
  name?: string;
  /** No case takes longer than this, in milliseconds. Default 120 000. */
  timeout?: number;
}

/** The cases that are chosen. Throws a `UsageError` for a pattern that chooses nothing. */
export function choose(options: ChoiceOptions): Case[] {
  return chooseOf(engine(), options);
}

/** @internal Cases of this engine. */
export function chooseOf(from: Engine, options: ChoiceOptions): Case[] {
  const { cases = [], profile, scenarios = [] } = options;
  const include = cases.filter((pattern) => !pattern.startsWith("!"));
  const exclude = cases.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  return guard(() => {
    // One of another copy of this package is as good; what is none is refused by its JSON.
    const objects = scenarios.filter((one) => typeof one !== "string");
    const own = [
      ...from.loadScenarios(scenarios.filter((one) => typeof one === "string")),
      ...(objects.length === 0 ? [] : from.parseScenarios(JSON.stringify(objects))),
    ];
    return from.select(include, exclude, own, profile);
  });
}
