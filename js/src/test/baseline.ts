/**
 * The file of expected verdicts, as the pytest plugin has it. A line has a case or pattern, the verdict that it ends with,
 * and a reason if you like; `#` begins a comment:
 *
 *     7.1.5   pass-with-notes
 *     9.3.*   limit            # more fragments than we take
 *
 *     [the name of a suite]
 *     6.4.1   fail             https://example.org/issues/7
 *
 * What follows a line in brackets is for that suite alone, what comes before the first is for all. Expectations are
 * strict: a case that ends with another verdict, a pass among them, fails.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { engine, type Verdict } from "./engine.js";
import { guard, UsageError } from "./errors.js";

const VERDICTS: readonly string[] = ["pass-with-notes", "limit", "unimplemented", "fail", "incomplete"];

/** What is expected of a case, and where that is said. */
export interface Expectation {
  readonly verdict: string;
  readonly reason: string;
  readonly where: string;
}

interface Line {
  text: string;
  section: string;
  ids: ReadonlySet<string>;
  verdict: string;
  reason: string;
}

/** What an update knows of a case that was run. */
export interface Ran {
  id: string;
  verdict: Verdict;
  fails: boolean;
}

/** The file, with what is in it. */
export class Baseline {
  readonly #path: string;
  readonly #suite: string;
  #lines: Line[] = [];

  /** Reads it. Throws a `UsageError` with file and line. */
  constructor(path: string, suite: string, mayBeMissing: boolean) {
    this.#path = path;
    this.#suite = suite;
    let section = "";
    for (const [at, text] of read(path, mayBeMissing).entries()) {
      try {
        const line = parse(text, section);
        section = line.section;
        this.#lines.push(line);
      } catch (error) {
        throw new UsageError(`${path}, line ${at + 1}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  /** What is expected of a case: a line for the suite comes before one for all, a later one first. */
  expectation(id: string): Expectation | undefined {
    let found: Expectation | undefined;
    let own = false;
    for (const [at, line] of this.#lines.entries()) {
      if (!this.#concerns(line, id) || (own && line.section === "")) continue;
      found = { verdict: line.verdict, reason: line.reason, where: `${this.#path}, line ${at + 1}` };
      own = line.section !== "";
    }
    return found;
  }

  #concerns(line: Line, id: string): boolean {
    return (line.section === "" || line.section === this.#suite) && line.ids.has(id);
  }

  /** Makes it say what these runs were. Lines about cases that were not run, comments and reasons stay. */
  update(runs: readonly Ran[]): void {
    const met = new Set<string>();
    const lines = this.#lines.flatMap((line) => {
      const wrong = runs.filter((run) => this.#concerns(line, run.id) && run.verdict !== line.verdict);
      for (const run of runs) if (this.#concerns(line, run.id) && run.verdict === line.verdict) met.add(run.id);
      if (wrong.length === 0) return [line];
      const gone = new Set(wrong.map((run) => run.id));
      const tail = line.text.slice(line.text.indexOf(line.verdict) + line.verdict.length);
      return [...line.ids].filter((id) => !gone.has(id)).map((id) => row(id, line.verdict, line.section, tail));
    });
    const missing = runs.filter((run) => run.fails && !met.has(run.id));
    const section = lines.some((line) => line.section !== "") ? this.#suite : "";
    const added = missing.map((run) => row(run.id, run.verdict, section));
    if (added.length > 0 && section !== "" && !lines.some((line) => line.section === section)) {
      const header = { section, ids: new Set<string>(), verdict: "", reason: "" };
      added.unshift({ ...header, text: "", section: lines.at(-1)?.section ?? "" }, { ...header, text: `[${section}]` });
      lines.push(...added);
    } else {
      const last = lines.findLastIndex((line) => line.section === section && line.text.trim() !== "");
      lines.splice(last + 1, 0, ...added);
    }
    this.#lines = lines;
    writeFileSync(this.#path, lines.map((line) => `${line.text}\n`).join(""));
  }
}

function row(id: string, verdict: string, section: string, tail = ""): Line {
  return { text: `${id.padEnd(8)} ${verdict}${tail}`, section, ids: new Set([id]), verdict, reason: tail.trim() };
}

function read(path: string, mayBeMissing: boolean): string[] {
  try {
    const lines = readFileSync(path, "utf8").split(/\r?\n/);
    if (lines.at(-1) === "") lines.pop();
    return lines;
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw new UsageError(`${path}: ${String(error)}`);
    if (mayBeMissing) return [];
    throw new UsageError(`${path}: there is no such file; the variable WSPROOF_UPDATE_BASELINE=1 makes one`);
  }
}

function parse(text: string, section: string): Line {
  const nothing = { text, section, ids: new Set<string>(), verdict: "", reason: "" };
  if (text.trimStart().startsWith("[")) {
    const header = /^\s*\[(.+)\]\s*(#.*)?$/.exec(text);
    if (header === null) throw new Error("the name of a suite in brackets is wanted");
    return { ...nothing, section: (header[1] as string).trim() };
  }
  const [content = "", ...comment] = text.split("#");
  if (content.trim() === "") return nothing;
  const [pattern = "", verdict = "", ...reason] = content.trim().split(/\s+/);
  if (!VERDICTS.includes(verdict)) {
    throw new Error(`a case and one of the verdicts ${VERDICTS.join(", ")} are wanted, not "${content.trim()}"`);
  }
  // A scenario of one's own is named as it is; patterns are for built-in cases.
  const own = /^(\d+)\.[\d.]+$/.exec(pattern);
  const ids =
    own !== null && Number(own[1]) >= 100
      ? [pattern]
      : guard(() => engine().select([pattern], [], [], "full")).map((one) => one.id);
  return { ...nothing, ids: new Set(ids), verdict, reason: reason.join(" ") || comment.join("#").trim() };
}
