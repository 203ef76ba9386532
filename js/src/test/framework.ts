/** The test framework that runs us: node:test, vitest, jest or mocha. */
import { createRequire } from "node:module";

/** What the helpers need of it. */
export interface Framework {
  describe(name: string, body: () => void): void;
  /** `skip` tells why a case is none here. It need not return. */
  it(name: string, run: (skip: (why: string) => void) => Promise<void>): void;
  before(run: () => Promise<void>): void;
  after(run: () => Promise<void>): void;
}

type Body = () => void | Promise<void>;
type Suite = (name: string, body: () => void) => void;

/** vitest and jest. */
interface HasAll {
  describe: Suite;
  it(name: string, run: (context?: { skip?: (why: string) => void }) => Promise<void>, timeout: number): void;
  beforeAll(run: Body, timeout: number): void;
  afterAll(run: Body, timeout: number): void;
}

interface MochaContext {
  timeout(milliseconds: number): void;
  skip(): void;
}

interface Mocha {
  describe: Suite;
  it(name: string, run: (this: MochaContext) => Promise<void>): void;
  before(run: (this: MochaContext) => Promise<void>): void;
  after(run: (this: MochaContext) => Promise<void>): void;
}

interface NodeTest {
  describe: Suite;
  it(name: string, run: (context: { skip(why: string): void }) => Promise<void>): void;
  before(run: () => Promise<void>): void;
  after(run: () => Promise<void>): void;
}

/** The time limits are the engine's: each case has one. Timers take no more than this. */
const NEVER = 2 ** 31 - 1;

let vitest: HasAll | undefined;

/** Tells of vitest, which can only be imported, and which need not set globals. */
export function useVitest(module: unknown): void {
  vitest = module as HasAll;
}

/** The framework that runs this file. */
export function framework(): Framework {
  const globals = globalThis as unknown as Partial<HasAll & Mocha>;
  if (vitest !== undefined) return withAll(vitest);
  if (globals.describe && globals.it && globals.beforeAll && globals.afterAll) return withAll(globals as HasAll);
  if (globals.describe && globals.it && globals.before && globals.after) return mocha(globals as Mocha);
  return node(createRequire(`${__dirname}/node.cjs`)("node:test") as NodeTest);
}

function withAll(all: HasAll): Framework {
  return {
    describe: all.describe,
    it: (name, run) =>
      all.it(
        name,
        // vitest wants to see which parts of its context are used; jest would wait for a callback if there were a parameter.
        vitest === undefined
          ? () => run(cannotSkip)
          : function withContext(this: unknown, ...[context]: [{ skip?: (why: string) => void }?]) {
              return run((why) => (context?.skip ?? cannotSkip)(why));
            },
        NEVER,
      ),
    before: (run) => all.beforeAll(run, NEVER),
    after: (run) => all.afterAll(run, NEVER),
  };
}

/** jest cannot skip a test that runs, and what is skipped must not count as passed. */
function cannotSkip(why: string): never {
  const section = `${/^\d+/.exec(why)?.[0] ?? "12"}.*`;
  throw new Error(
    `${why} jest cannot skip a test that runs: leave such cases out (cases: ["!${section}"]), or expect them in a baseline (${section} unimplemented)`,
  );
}

function mocha(globals: Mocha): Framework {
  const patient = (run: () => Promise<void>) =>
    function (this: MochaContext): Promise<void> {
      this.timeout(0);
      return run();
    };
  return {
    describe: globals.describe,
    it: (name, run) =>
      globals.it(name, function () {
        this.timeout(0);
        return run(() => this.skip());
      }),
    before: (run) => globals.before(patient(run)),
    after: (run) => globals.after(patient(run)),
  };
}

function node(module: NodeTest): Framework {
  return {
    describe: module.describe,
    it: (name, run) => module.it(name, (context) => run((why) => context.skip(why))),
    before: (run) => module.before(run),
    after: (run) => module.after(run),
  };
}
