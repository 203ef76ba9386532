// Every JavaScript example of the README that uses the package runs, and prints what it says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

test("the README has examples", () => assert.ok(examples.length > 0));

for (const [at, code] of examples.entries()) {
  test(`example ${at + 1} of the README`, () => {
    const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", code], {
      cwd: root,
      encoding: "utf8",
    });
    for (const [, , line] of code.matchAll(/console\.log\((.*)\); \/\/ (.*)$/gm))
      assert.ok(printed.includes(line), printed);
    assert.match(printed, /^text hello\nclose 1000 bye\nclosed\n$/);
  });
}
