/** After a million tasks, timers and messages the heap is back at its start. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Gate, expectThat, root } from "./gate.ts";

/** What the measuring itself and compiled code may leave. */
const SLACK_BYTES = 1.5e6;

export const gate: Gate = {
  proves: "the heap is back at its start after a million tasks, a million timers and a million messages",
  limitMs: 120_000,
  run: () => {
    const program = join(root, "tools/gates/programs/leaks.ts");
    const output = execFileSync(process.execPath, ["--expose-gc", program], { encoding: "utf8" });
    for (const line of output.trim().split("\n")) {
      const [what, bytes] = line.split(" ");
      console.log(`   ${what}: ${Number(bytes)} bytes left`);
      expectThat(Number(bytes) < SLACK_BYTES, `${what} left ${bytes} bytes on the heap`);
    }
    return Promise.resolve();
  },
};
