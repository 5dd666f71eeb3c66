import { expect, test } from "vitest";
import { nodeInfo } from "../../test/scheduler-model.ts";
import { NO_PLACE_AFTER_MS, WANTS_LIMIT } from "../defaults.ts";
import { type CodeDigest, newTaskId, type NodeId, type ServerId, serverId } from "../ids.ts";
import { silentLogger } from "../logger.ts";
import { createRuntime } from "../task/runtime.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { JobWants } from "./job-wants.ts";
import { type RunOptions } from "./remote-task.ts";
import { Run } from "./run.ts";

// Of the form that ids have; nobody has its key.
const node = { ...nodeInfo(1, 2), id: `12D3KooW${"A".repeat(40)}` as NodeId };

/** The queues of a job without servers; a task that fails is only noted. */
function queues(): {
  readonly clock: VirtualClock;
  readonly wants: JobWants;
  readonly add: (options: RunOptions) => Run;
  readonly failedAt: (run: Run) => number | undefined;
} {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  const { engine } = createRuntime({ platform });
  const failed = new Map<Run, number>();
  const wants = new JobWants({
    platform,
    logger: silentLogger,
    fail: (want, error, sinceMs) => {
      for (const run of want.queue) {
        if (run.queuedMs > sinceMs || !run.settle({ type: "failed", error })) continue;
        failed.set(run, platform.now());
        wants.ended(want);
      }
    },
  });
  const add = (options: RunOptions): Run => {
    const id = newTaskId((count) => platform.randomBytes(count));
    const times = { averageMs: 0 };
    const code = "code" as CodeDigest; // only told apart here
    const run = new Run({ engine, cancelRun: () => {} }, id, { code, fn: "f", plain: true, times }, [], options);
    run.want = wants.of(options);
    wants.queue(run);
    return run;
  };
  return { clock, wants, add, failedAt: (run) => failed.get(run) };
}

test("each task for a node that is not there fails when it has waited long enough, however often it is tried", async () => {
  const { clock, add, failedAt } = queues();
  const first = add({ at: node.id });
  await clock.advance(NO_PLACE_AFTER_MS - 1000);
  const second = add({ at: node.id });
  await clock.advance(1000);
  expect([failedAt(first), failedAt(second)]).toEqual([NO_PLACE_AFTER_MS, undefined]);
  const third = add({ at: node.id });
  await clock.advance(NO_PLACE_AFTER_MS);
  expect([failedAt(second), failedAt(third)]).toEqual([2 * NO_PLACE_AFTER_MS - 1000, 2 * NO_PLACE_AFTER_MS]);
  expect(first.ended).toMatchObject({ error: { code: "NO_PLACE" } });
});

test("tasks for a node that has left have the whole time from then on, and none runs out when it comes back", async () => {
  const { clock, wants, add, failedAt } = queues();
  wants.standing([node]);
  const run = add({ at: node.id });
  await clock.advance(3 * NO_PLACE_AFTER_MS);
  wants.gone(node.id);
  await clock.advance(NO_PLACE_AFTER_MS - 1);
  wants.came(node);
  await clock.advance(NO_PLACE_AFTER_MS);
  expect(failedAt(run)).toBeUndefined();
  wants.gone(node.id);
  await clock.advance(NO_PLACE_AFTER_MS);
  expect(failedAt(run)).toBe(6 * NO_PLACE_AFTER_MS - 1);
});

test("tasks for more places than a scheduler keeps are refused", () => {
  const { wants, add } = queues();
  const at = (n: number): ServerId => serverId(node.id, n);
  for (let n = wants.all.length; n < WANTS_LIMIT; n += 1) wants.of({ at: at(n) });
  expect(() => add({ at: at(WANTS_LIMIT) })).toThrow(expect.objectContaining({ code: "LINK_OVERLOADED" }));
  expect(add({ at: at(2) }).state).toBe("queued"); // a place that is known
});
