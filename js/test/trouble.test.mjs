// Testees that do not do their part, in each framework: nothing hangs, one trouble is one failure, and hundreds of failures
// can be read.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FRAMEWORKS } from "./frameworks/run.mjs";

/** What the one failure of a suite says. Its other cases are skipped. */
const TROUBLE = {
  "start never returns": [/start\(\) has not returned within 0\.1 s \(`wait` sets this time\)/],
  "start throws": [/no database/],
  "start returns nothing": [/start\(\) must return the URL of the server, or \{ url, stop \}, not undefined/],
  refused: [/nobody listens on 127\.0\.0\.1:\d+ \(connection refused\)/, /in `start`, .* or by `command`/],
  "command fails": [
    /ended \(exit (status|code): 4\) before it accepted a connection; its last lines:\n/,
    /\| no config/,
  ],
  "command is silent": [/was started, but .* after 0\.1 s \(`wait` sets this time\); it printed nothing/],
  "run never connects": [
    /the client did not open a connection to ws:\S+ within 0\.1 s \(`wait` sets this time\): run\(\) has not returned/,
  ],
  "run returns no promise": [/before run\(\) returned undefined: it must return a promise/],
  "run throws": [/did not open a connection to ws:\S+: run\(\) threw Error: no such host/],
  "refused client": [/was not served: 400: the Sec-WebSocket-Key header is missing; run\(\) returned/],
  "create never returns": [/create\(\) has not returned within 0\.1 s \(`timeout` sets this time\)/],
  "create throws": [/no parser/],
  "receiveData never returns": [/receiveData\(\) has not returned within 0\.1 s/],
};

for (const [framework, { results }] of Object.entries(FRAMEWORKS)) {
  test(`${framework}: what all cases need and is not there fails one of them, and nothing is waited for for ever`, async () => {
    const { tests, status, said } = await results("trouble", { SUITE: "trouble" });
    assert.notEqual(status, 0);
    for (const [suite, patterns] of Object.entries(TROUBLE)) {
      const [first, ...others] = tests.filter((one) => one.suite === suite);
      assert.equal(others.length, 7, suite);
      for (const pattern of patterns) assert.match(first.failure ?? "", pattern, suite);
      assert.doesNotMatch(first.failure, /--wait|test-server|wsproof-\d+-\d+\.log/, suite);
      for (const { skipped, failure, name } of others) assert.ok(skipped && failure === undefined, `${suite} ${name}`);
    }
    const late = tests.filter((one) => one.suite === "run never returns");
    assert.equal(late.filter((one) => !one.skipped && one.failure === undefined).length, 8);
    // vitest may end before it has shown what is written after the last test.
    if (framework !== "vitest")
      assert.match(
        said,
        /run never returns: run\(\) did not return in 8 of the cases, 1\.1\.1 the first: it must return a promise/,
      );
    const [wrong] = tests.filter((one) => one.suite === "run fails and never returns");
    assert.match(wrong.failure, /1\.1\.2 {2}fail/);
    assert.match(
      wrong.failure,
      /run\(\) has not returned [\d.]+ s after its connection was closed: it must return a promise/,
    );
  });

  test(`${framework}: of three hundred failures ten are told in full`, async () => {
    const report = mkdtempSync(join(tmpdir(), "wsproof-failing-"));
    try {
      const { shown } = FRAMEWORKS[framework];
      const { status, stdout, stderr } = await shown("trouble", { SUITE: "failing", REPORT: report });
      assert.notEqual(status, 0);
      const lines = (stdout + stderr).split("\n");
      // node:test shows each failure twice: when it comes, and at the end.
      const times = framework === "node:test" ? 2 : 1;
      const count = (pattern) => lines.filter((line) => pattern.test(line)).length;
      assert.equal(count(/^ *wire log$/), 10 * times);
      const short = count(/\(its wire log: .*index\.html\)/);
      // vitest shows a text that several failures share once.
      if (framework === "vitest") assert.ok(short > 0 && short <= 291, `${short}`);
      else assert.equal(short, 291 * times);
      assert.ok(existsSync(join(report, "index.html")));
      assert.equal(count(/outcome: /), 0);
      assert.ok(lines.length < 4_500, `${lines.length} lines`);
    } finally {
      rmSync(report, { recursive: true, force: true });
    }
  });

  test(`${framework}: a stop that never returns is told`, async () => {
    const { status, stdout, stderr } = await FRAMEWORKS[framework].shown("trouble", { SUITE: "stop" });
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /stop\(\) of stop never returns has not returned within 5 s/);
  });
}
