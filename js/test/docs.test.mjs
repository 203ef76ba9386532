// Every JavaScript example of docs/javascript.md runs, and prints what it says. Those that declare suites run as test files,
// and every test in them must pass.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const js = fileURLToPath(new URL("..", import.meta.url));
const guide = readFileSync(new URL("../../docs/javascript.md", import.meta.url), "utf8");
const examples = [...guide.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

test("docs/javascript.md has examples", () => assert.ok(examples.length >= 4));

for (const [at, code] of examples.entries()) {
  test(`example ${at + 1} of docs/javascript.md`, () => {
    const folder = mkdtempSync(join(js, "dist", "docs-"));
    try {
      const file = join(folder, "example.test.mjs");
      writeFileSync(file, code);
      const suites = [...code.matchAll(/^describe\w+\(/gm)].length;
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_TEST")));
      const run = (...args) => spawnSync(process.execPath, [...args, file], { encoding: "utf8", env });
      const { status, stdout, stderr } = suites > 0 ? run("--test", "--test-reporter=tap") : run();
      assert.equal(status, 0, stdout + stderr);
      if (suites > 0) assert.ok((stdout.match(/^ {4}ok /gm) ?? []).length > suites, stdout);
      for (const [, line] of code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)) {
        assert.ok(stdout.split("\n").includes(line), `${line} is not in:\n${stdout}`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
