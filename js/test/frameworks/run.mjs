// Test files run by node:test, vitest, jest and mocha: their tests as data, or what a person sees.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const require = createRequire(import.meta.url);

/** Where the program of a package is. */
function bin(name, path) {
  return join(dirname(require.resolve(`${name}/package.json`)), path);
}

/** Runs Node; what it prints, whatever its exit status. */
export function run(args, env = {}) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_TEST")));
  const options = { cwd: folder, env: { ...clean, CI: "1", NO_COLOR: "1", ...env }, maxBuffer: 1 << 28 };
  return new Promise((resolve) =>
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stdout, stderr }),
    ),
  );
}

const JEST = (name) => ["--config", `{"testMatch":["**/${name}.suite.cjs"],"testEnvironment":"node","transform":{}}`];
const VITEST = (name) => ["run", "--dir", ".", `${name}.suite.mjs`, "--config", "vitest.config.mjs"];

/**
 * Each framework by name. `results` runs the file `NAME.suite.mjs` (of jest `NAME.suite.cjs`) and gives its tests: suite,
 * name, whether it was skipped, and the text of a failure. `shown` gives what a person sees by default.
 */
export const FRAMEWORKS = {
  "node:test": {
    shown: (name, env) => run(["--test", "--test-reporter=spec", `${name}.suite.mjs`], env),
    results: async (name, env) => {
      const { stdout, stderr, status } = await run(["--test", "--test-reporter=tap", `${name}.suite.mjs`], env);
      const tests = [];
      let suite;
      let last;
      for (const line of stdout.split("\n")) {
        const header = /^# Subtest: (.*)/.exec(line);
        const result = /^ {4}(not )?ok \d+ - (.*?)( # SKIP .*)?$/.exec(line);
        if (header) suite = header[1];
        if (result) {
          last = { suite, name: result[2], skipped: result[3] !== undefined, failure: result[1] && "" };
          tests.push(last);
        } else if (last?.failure !== undefined) last.failure += `${line}\n`;
      }
      return { status, tests, said: stdout + stderr };
    },
  },
  vitest: {
    shown: (name, env) => run([bin("vitest", "vitest.mjs"), ...VITEST(name)], env),
    results: async (name, env) => {
      const { stdout, stderr, status } = await run(
        [bin("vitest", "vitest.mjs"), ...VITEST(name), "--reporter=json"],
        env,
      );
      return { status, tests: likeJest(stdout, stderr), said: stdout + stderr };
    },
  },
  jest: {
    shown: (name, env) => run([bin("jest", "bin/jest.js"), ...JEST(name)], env),
    results: async (name, env) => {
      const { stdout, stderr, status } = await run([bin("jest", "bin/jest.js"), "--json", ...JEST(name)], env);
      return { status, tests: likeJest(stdout, stderr), said: stdout + stderr };
    },
  },
  mocha: {
    shown: (name, env) => run([bin("mocha", "bin/mocha.js"), `${name}.suite.mjs`], env),
    results: async (name, env) => {
      const { stdout, stderr, status } = await run(
        [bin("mocha", "bin/mocha.js"), "--reporter", "json", `${name}.suite.mjs`],
        env,
      );
      const { tests, pending } = JSON.parse(stdout.slice(stdout.indexOf("{\n")));
      const skipped = new Set(pending.map((one) => one.fullTitle));
      const suiteOf = ({ title, fullTitle }) => fullTitle.slice(0, -title.length - 1);
      return {
        status,
        tests: tests.map((one) => ({
          suite: suiteOf(one),
          name: one.title,
          skipped: skipped.has(one.fullTitle),
          failure: one.err.stack || undefined,
        })),
        said: stdout + stderr,
      };
    },
  },
};

function likeJest(stdout, stderr) {
  const start = stdout.indexOf('{"num');
  assert.ok(start >= 0, stderr || stdout);
  const [{ assertionResults, message }] = JSON.parse(stdout.slice(start)).testResults;
  assert.ok(assertionResults.length > 0, message);
  return assertionResults.map(({ ancestorTitles, title, status, failureMessages }) => ({
    suite: ancestorTitles.join(" "),
    name: title,
    skipped: status === "pending" || status === "skipped",
    failure: status !== "failed" ? undefined : failureMessages.join("\n"),
  }));
}
