// Runs cases in memory against websocket-driver, and one that is broken, and prints each outcome as one line of JSON.
import { createHash } from "node:crypto";
import { choose, runInMemory, Scenario } from "wsproof/test";
import testees from "./frameworks/testees.cjs";

const own = new Scenario("ping", { id: "100.3", clauses: [["MUST", "RFC 6455 §5.5.2"]] }).sendPing("x").expectPong("x");
const [scenario] = choose({ scenarios: [own] });
console.log(scenario.toJsonText());
for (const [create, cases] of [
  [testees.createDriver, choose({ profile: "quick", cases: ["!9.*", "!12.*", "!13.*"] })],
  [testees.createBrokenDriver, [...choose({ cases: ["2.*"] }), scenario]],
  [testees.createThrowing, choose({ cases: ["1.1.1"] })],
]) {
  for (const one of cases) {
    const { outcome } = await runInMemory(one, create());
    const all = JSON.parse(outcome.toJsonText());
    delete all.started_ms;
    const { id, sectionTitle, description, expectation, clauses } = one;
    const { agent, verdict, behavior, behaviorClose, reason, duration } = outcome;
    const text = outcome.explain(one, 60, 40) + outcome.explain(null, 1, 1);
    const sum = createHash("sha256").update(JSON.stringify(all)).update(text);
    sum.update(JSON.stringify([id, sectionTitle, description, expectation, clauses, duration, one.toJsonText()]));
    const verdicts = [verdict, behavior, behaviorClose, outcome.fails(false), outcome.fails(true)];
    console.log(JSON.stringify([outcome.id, agent, ...verdicts, reason, sum.digest("hex")]));
  }
}
