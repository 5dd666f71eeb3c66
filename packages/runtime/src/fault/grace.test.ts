import { expect, test } from "vitest";
import type { Steps } from "../contracts/operation.ts";
import type { TaskContext } from "../task/context.ts";
import { createRuntime } from "../task/runtime.ts";
import { sleep } from "../task/sleep.ts";
import { spawn } from "../task/spawn.ts";
import type { Task } from "../task/types.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { supervise } from "./supervisor.ts";

const NAMES = ["a", "b", "c"] as const;

async function stopping(cleanMs: number, graceMs?: number): Promise<{ readonly cleaned: string[]; endMs: number }> {
  const clock = new VirtualClock();
  const runtime = createRuntime({ platform: virtualPlatform({ clock }) });
  const cleaned: string[] = [];
  function* worker(task: TaskContext<string>, name: string): Steps<void> {
    try {
      yield* task.receive();
    } finally {
      yield* sleep(cleanMs);
      cleaned.push(`${name} at ${clock.now()}`);
    }
  }
  const starts: Task<void>[] = [];
  const children = NAMES.map((name) => ({ name, start: worker, args: [name], restart: "always" as const }));
  const intensity = { restarts: 1, withinMs: 1000 };
  // One supervisor below another: the upper one has the grace of all below.
  const inner = { name: "inner", strategy: "one-for-one" as const, intensity, children };
  spawn(() => void starts.push(supervise({ strategy: "one-for-one", intensity, children: [inner] })), [], { runtime });
  let endMs = -1;
  await clock.settle();
  void runtime.join().then(() => (endMs = clock.now()));
  for (const supervisor of starts) void supervisor.cancel("stop", graceMs === undefined ? {} : { graceMs });
  await clock.advance(100_000);
  return { cleaned, endMs };
}

test("a cancelled supervisor has the usual grace for each of its children, which it stops in turn", async () => {
  expect(await stopping(3000)).toEqual({ cleaned: ["c at 3000", "b at 6000", "a at 9000"], endMs: 9000 });
});

test("a child of it that cleans up for ever takes no more than its own grace", async () => {
  const { cleaned, endMs } = await stopping(1e9);
  expect(cleaned).toEqual([]);
  expect(endMs).toBeGreaterThanOrEqual(15_000);
  expect(endMs).toBeLessThan(15_010);
});

test("a grace that was given is a bound for a supervisor too", async () => {
  const { cleaned, endMs } = await stopping(3000, 4000);
  expect(cleaned).toEqual(["c at 3000"]);
  expect(endMs).toBeGreaterThanOrEqual(4000);
  expect(endMs).toBeLessThan(4010);
});
