/** Each primitive under 10,000 random schedules of the ready queue. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Gate, root } from "./gate.ts";

const SCHEDULES = 10_000;

export const gate: Gate = {
  proves:
    "mailboxes, wakes, every way to wait for each other, channels, supervisors, children and combinations hold under 10,000 random schedules each",
  limitMs: 600_000,
  run: () => {
    execFileSync(
      process.execPath,
      [
        join(root, "node_modules/vitest/vitest.mjs"),
        "run",
        "--project",
        "unit-node",
        "--testTimeout",
        "500000",
        "packages/runtime/src/task/schedules.test.ts",
        "packages/runtime/src/sync/sync-schedules.test.ts",
        "packages/runtime/src/message/channel-schedules.test.ts",
        "packages/runtime/src/fault/supervisor-model.test.ts",
      ],
      { cwd: root, env: { ...process.env, SKEIN_SCHEDULES: String(SCHEDULES) }, stdio: "inherit" },
    );
    return Promise.resolve();
  },
};
