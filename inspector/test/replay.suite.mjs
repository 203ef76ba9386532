// What a user of the npm package writes to run a scenario again; round-trip.test.mjs runs it.
import { describeServer } from "wsproof/test";

describeServer({ url: process.env.REPLAY_URL, scenarios: [process.env.REPLAY_SCENARIO] });
