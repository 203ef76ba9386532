// The helpers of wsproof/test inside node:test, vitest, jest and mocha: the same suites, so the same results.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { FRAMEWORKS, run } from "./frameworks/run.mjs";

const folder = fileURLToPath(new URL("frameworks", import.meta.url));
const require = createRequire(import.meta.url);

/** What must fail, and what its text says. */
const FAILURES = {
  "broken server: case 1.1.2": [
    /^ *1\.1\.2 {2}fail/m,
    /received a text message of 126 octets/,
    /RFC 6455/,
    /← frame received/,
  ],
  "idle client: case 1.1.1": [
    /the client did not open a connection to ws:\S+case=1&agent=idle%20client before run\(\) returned undefined/,
    /it must return a promise that resolves when the connection is closed/,
  ],
  "broken client: case 1.1.2": [
    /received a text message of 14 octets/,
    /something else/,
    /the testee threw Error: my own trouble/,
  ],
  "broken driver: case 2.2": [/^ *2\.2 {2}fail/m, /pong/, /← frame received {3}pong/],
  "throwing protocol: case 1.1.1": [/the testee threw TypeError: no such method in my parser/],
  "scenarios: case 100.7": [
    /^ *100\.7 {2}fail/m,
    /A text that comes back as another/,
    /expected {2}text message \(1 octets?\) b/,
  ],
};

/** jest alone cannot skip what is unimplemented. */
const JEST = {
  "no compression: case 12.1.1": [
    /did not agree to permessage-deflate\. jest cannot skip a test that runs: .* \(12\.\* unimplemented\)/,
  ],
};

const runs = Object.entries(FRAMEWORKS).map(([name, { results }]) => [name, results("conformance")]);
let first;
for (const [name, results] of runs) {
  test(`${name}: real libraries pass all cases of the profile quick, broken ones fail with a text that tells why`, async () => {
    const { tests, status } = await results;
    assert.notEqual(status, 0);
    const count = (suite) => tests.filter((one) => one.suite === suite).length;
    for (const suite of ["ws server", "ws client", "websocket-driver"]) assert.equal(count(suite), 517, suite);
    const failed = new Map();
    for (const one of tests) if (one.failure !== undefined) failed.set(`${one.suite}: ${one.name}`, one.failure);
    const failures = name === "jest" ? { ...FAILURES, ...JEST } : FAILURES;
    assert.deepEqual([...failed.keys()].sort(), Object.keys(failures).sort());
    for (const [title, patterns] of Object.entries(failures)) {
      // TAP indents, jest and mocha put the class before the first line.
      const text = failed.get(title).replace(/ConformanceError: /, "\n");
      for (const pattern of patterns) assert.match(text, pattern, title);
    }
    const all = tests.map((one) => `${one.suite}: ${one.name}`);
    first ??= all;
    assert.deepEqual(all, first, "names and order are the same everywhere");
  });
}

test("a baseline is written, holds, and is strict", async () => {
  const place = mkdtempSync(join(tmpdir(), "wsproof-baseline-"));
  const path = join(place, "own.baseline");
  const suite = join(place, "suite.cjs");
  const from = (name) => JSON.stringify(require.resolve(name));
  const source = (create) => `
    const { describeProtocol } = require(${from("wsproof/test")});
    const testees = require(${JSON.stringify(join(folder, "testees.cjs"))});
    const baseline = ${JSON.stringify(path)};
    describeProtocol({ name: "own", cases: ["2.*", "1.1.1"], create: testees.${create}, baseline });`;
  const go = (env) => run(["--test", "--test-reporter=tap", suite], env);
  try {
    writeFileSync(suite, source("createBrokenDriver"));
    assert.match((await go()).stdout, /there is no such file; the variable WSPROOF_UPDATE_BASELINE=1 makes one/);
    writeFileSync(path, "# kept\n1.1.1 fail # wrong\n");
    assert.equal((await go({ WSPROOF_UPDATE_BASELINE: "1" })).status, 0);
    const written = readFileSync(path, "utf8");
    assert.match(written, /^# kept\n2\.2 {6}fail\n(2\.\d+ +fail\n)+$/);
    const held = await go();
    assert.equal(held.status, 0, held.stdout);
    // Once it is mended, what is expected is told to be out of date.
    writeFileSync(suite, source("createDriver"));
    const mended = await go();
    assert.match(mended.stdout, /own\.baseline, line 2, expects the verdict fail, and it was pass\. Remove the line\./);
    writeFileSync(path, "2.2 good\n");
    assert.match(
      (await go()).stdout,
      /own\.baseline, line 1: a case and one of the verdicts .* are wanted, not "2\.2 good"/,
    );
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});
