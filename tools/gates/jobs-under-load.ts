/** 12,000 tasks, 16 in flight, beside two busy loops: the run in which dispycos lost 25 results and swapped 78. */
import { spawn } from "node:child_process";
import { expectThat, type Gate } from "./gate.ts";
import { runCounted } from "./programs/counted.ts";

const TASKS = 12_000;

export const gate: Gate = {
  proves: `${TASKS} tasks, 16 in flight, beside two busy loops: every result is right, and comes once`,
  limitMs: 300_000,
  run: async () => {
    const loops = [0, 1].map(() => spawn(process.execPath, ["--eval", "for (;;);"], { stdio: "ignore" }));
    try {
      const seen = await runCounted({ count: TASKS, inFlight: 16, ms: 0 });
      console.log(`   ${JSON.stringify(seen)}`);
      const { once, wrong, done, failed, lost, retried, runs } = seen;
      expectThat(
        once && wrong === 0 && done === TASKS && failed + lost === 0,
        "a result was wrong, missing or came twice",
      );
      expectThat(runs === TASKS && retried === 0, `${runs} runs and ${retried} retries where nothing was killed`);
    } finally {
      for (const loop of loops) loop.kill("SIGKILL");
    }
  },
};
