/** The test framework that runs us: node:test, vitest, jest or mocha. */
import { createRequire } from "node:module";

/** What the helpers need of it. */
export interface Framework {
  describe(name: string, body: () => void): void;
  it(name: string, run: (test: Test) => Promise<void>): void;
  before(run: () => Promise<void>): void;
  after(run: () => Promise<void>): void;
  /** Called by a test: the others of its suite are skipped, if they cannot do that themselves when they run. */
  skipRest(): void;
}

/** A test that runs. */
export interface Test {
  /** Whether it can still be skipped. */
  readonly canSkip: boolean;
  /** Ends it as skipped, and tells why; need not return. To be called only where {@link canSkip} is true. */
  skip(why: string): void;
}

type Body = () => void | Promise<void>;
type Suite = (name: string, body: () => void) => void;

/** vitest and jest. */
interface HasAll {
  describe: Suite;
  it(name: string, run: (context?: { skip(why: string): void }) => Promise<void>, timeout: number): void;
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

/**
 * The frameworks' own limits are for tests that begin their work when they run; here all cases begin together, so a test
 * may wait for others. What can take long has a limit of ours: a case, a server's start, a client. Timers take no more
 * than this.
 */
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
          ? () => run(CANNOT_SKIP)
          : function withContext(this: unknown, ...[context]: [{ skip(why: string): void }?]) {
              return run(context === undefined ? CANNOT_SKIP : { canSkip: true, skip: (why) => context.skip(why) });
            },
        NEVER,
      ),
    before: (run) => all.beforeAll(run, NEVER),
    after: (run) => all.afterAll(run, NEVER),
    skipRest: vitest === undefined ? skipRestOfJest : () => {},
  };
}

/** jest cannot skip a test that runs. */
const CANNOT_SKIP: Test = { canSkip: false, skip: () => {} };

/** What is used of a test in jest's own state. */
interface JestTest {
  type: string;
  mode?: string;
  status?: string | null;
}

/**
 * jest has no public way to skip what has not begun, so this looks into the state of its runner, jest-circus. Where that is
 * not as it is known, nothing happens, and each test fails with one line.
 */
function skipRestOfJest(): void {
  const key = Object.getOwnPropertySymbols(globalThis).find((one) => one.description === "JEST_STATE_SYMBOL");
  if (key === undefined) return;
  const state = (globalThis as unknown as Record<symbol, unknown>)[key] as {
    currentlyRunningTest?: JestTest & { parent?: { children?: JestTest[] } };
  };
  const running = state?.currentlyRunningTest;
  for (const one of running?.parent?.children ?? []) {
    if (one !== running && one.type === "test" && !one.status) one.mode = "skip";
  }
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
        return run({ canSkip: true, skip: () => this.skip() });
      }),
    before: (run) => globals.before(patient(run)),
    after: (run) => globals.after(patient(run)),
    skipRest: () => {},
  };
}

function node(module: NodeTest): Framework {
  return {
    describe: module.describe,
    it: (name, run) => module.it(name, (context) => run({ canSkip: true, skip: (why) => context.skip(why) })),
    before: (run) => module.before(run),
    after: (run) => module.after(run),
    skipRest: () => {},
  };
}
