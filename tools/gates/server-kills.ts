/** 100,000 tasks over two servers while a random server process is killed every second. */
import { expectThat, type Gate } from "./gate.ts";
import { runCounted } from "./programs/counted.ts";

const TASKS = 100_000;
const IN_FLIGHT = 64;
const MS = 1;
/** A server announces at most so many tasks before it runs them: what a kill may repeat. */
const MOST_AT_ONCE = 32;

export const gate: Gate = {
  proves: `of ${TASKS} tasks on servers that are killed every second none is lost or ends twice, and few run again`,
  limitMs: 600_000,
  run: async () => {
    const seen = await runCounted({ count: TASKS, inFlight: IN_FLIGHT, ms: MS, killEveryMs: 1000 });
    console.log(`   ${JSON.stringify(seen)}`);
    const { once, wrong, done, failed, lost, runs, ran, kills } = seen;
    expectThat(kills >= 10, `only ${kills} kills`);
    expectThat(
      once && wrong === 0 && done === TASKS && failed + lost === 0,
      "a result was wrong, missing or came twice",
    );
    expectThat(ran === TASKS, `${TASKS - ran} tasks never ran`);
    expectThat(runs - TASKS <= kills * MOST_AT_ONCE, `${runs - TASKS} extra runs after ${kills} kills`);
  },
};
