import fc from "fast-check";
import { expect, test } from "vitest";
import type { TaskContext } from "../task/context.ts";
import { replaceDefaultEngine } from "../task/default-engine.ts";
import { createRuntime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { channel } from "./channel.ts";
import { rounds } from "../../test/rounds.ts";

interface Step {
  readonly deliver: boolean;
  readonly timeoutMs: number | undefined;
  readonly pauseMs: number;
}
const steps = fc.array(
  fc.record({
    deliver: fc.boolean(),
    timeoutMs: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
    pauseMs: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 25 },
);

/** Takes a message each `everyMs`, for ever. */
function* slow(task: TaskContext<number>, everyMs: number, got: number[]) {
  for (;;) {
    got.push(yield* task.receive());
    yield* task.sleep(everyMs);
  }
}

async function run(sent: readonly Step[], everyMs: readonly number[]): Promise<void> {
  const clock = new VirtualClock();
  const runtime = createRuntime({ platform: virtualPlatform({ clock }) });
  replaceDefaultEngine(runtime.engine);
  const outer = channel<number>("outer");
  const inner = channel<number>("inner");
  await outer.subscribe(inner);
  const got: number[][] = [];
  for (const [index, ms] of everyMs.entries()) {
    const list: number[] = [];
    got.push(list);
    const task = spawn(slow, [ms, list], { background: true, mailboxLimit: 1 + (index % 2) });
    await (index % 2 === 0 ? outer : inner).subscribe(task.ref);
  }
  /** How many have each value, as the sender was told; of what was published when somebody was full it is not known. */
  const told = new Map<number, number>();
  for (const [value, { deliver, timeoutMs, pauseMs }] of sent.entries()) {
    if (deliver) {
      void outer.deliver(value, timeoutMs === undefined ? {} : { timeoutMs }).then(
        (count) => told.set(value, count),
        (error: { delivered: number }) => told.set(value, error.delivered),
      );
    } else {
      try {
        outer.publish(value);
        told.set(value, everyMs.length);
      } catch {
        // Some are full.
      }
    }
    await clock.advance(pauseMs);
  }
  await clock.advance(10_000);
  for (const list of got) expect(list).toEqual(list.toSorted((a, b) => a - b));
  for (const [value, count] of told) expect(got.filter((list) => list.includes(value))).toHaveLength(count);
}

test("whatever is full and whatever times out, each has the values in order, and as many as the sender was told", async () => {
  const speeds = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 });
  await fc.assert(fc.asyncProperty(steps, speeds, run), { numRuns: rounds(150) });
});
