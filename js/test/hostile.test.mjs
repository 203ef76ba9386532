// What makes no sense to the engine of wsproof/test is told as an error with a class; the process goes on.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { describeClient, describeServer, Scenario, UsageError } from "wsproof/test";

const addon = createRequire(import.meta.url)("../dist/run.node");

test("wrong use of the helpers is told where the suite is declared", () => {
  assert.throws(() => describeServer({ url: "ws://127.0.0.1:1", cases: ["99"] }), {
    name: "UsageError",
    message: /no case, section or group `99`; near it are/,
  });
  assert.throws(() => describeServer({ url: "ws://127.0.0.1:1", profile: "all" }), UsageError);
  assert.throws(() => describeServer({ url: "ws://127.0.0.1:1", cases: ["12.*"], profile: "core" }), UsageError);
  assert.throws(() => describeServer({ url: "ws://127.0.0.1:1", cases: [7] }), Error);
  assert.throws(() => describeClient({ run: () => {}, scenarios: ["/no/such/file.json"] }), UsageError);
  assert.throws(() => describeClient({ run: () => {}, baseline: "/no/such/file" }), UsageError);
});

test("a scenario that cannot be one names its field", () => {
  assert.throws(() => new Scenario("x", { id: "1.1.1" }).case(), { name: "UsageError", message: /id/ });
  assert.throws(() => new Scenario("x").sendFrame(16).case(), { name: "UsageError", message: /steps\[0\]/ });
  assert.throws(() => new Scenario("x").wait(-1).case(), UsageError);
  const long = new Scenario("x").sendFrame("text", "x".repeat(126), { length: 7 });
  assert.throws(() => long.case(), { name: "UsageError", message: /steps\[0\]\.length/ });
});

test("odd arguments end in errors", async () => {
  const [one] = addon.select(["1.1.1"], [], [], "core");
  const session = new addon.Session(one, "h", "/");
  session.poll(1000);
  session.poll(0);
  session.receive(new Uint8Array(5), 0);
  session.peerClosed(5);
  const outcome = session.outcome("x");
  const refused = [
    () => addon.select(5, [], [], "core"),
    () => addon.parseScenarios("{"),
    () => addon.runCommand("x", []),
    () => new addon.ServerRun("ws://127.0.0.1:1", [{}], {}),
    () => new addon.ServerRun("http://x", [one], {}),
    () => new addon.ServerRun("ws://127.0.0.1:1", [one], null),
    () => new addon.ServerRun("ws://127.0.0.1:1", [one], { timeout: Number.NaN }),
    () => new addon.ClientRun([one], { listen: "nope" }),
    () => new addon.Session({}, "h", "/"),
    () => new addon.Session(session, "h", "/"),
    () => session.poll(Number.NaN),
    () => session.poll(Number.POSITIVE_INFINITY),
    () => session.receive("x", 0),
    () => session.outcome("again"),
    () => outcome.explain({}, 1, 1),
    () => outcome.explain(session, 1, 1),
    () => outcome.fails.call(one, true),
    () => Object.getOwnPropertyDescriptor(addon.Outcome.prototype, "id").get.call(one),
  ];
  for (const call of refused) assert.throws(call, Error, call.toString());
  const server = new addon.ServerRun("ws://127.0.0.1:1", [one], { jobs: 4_000_000_000 });
  await assert.rejects(server.outcome("1.1.1"), /127\.0\.0\.1:1/);
  await assert.rejects(server.outcome("7.7.7"));
  assert.throws(() => server.outcome("x"), Error);
  assert.equal(await server.finish(), null);
});
