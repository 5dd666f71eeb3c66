import fc from "fast-check";
import { expect, test } from "vitest";
import { isSkeinError } from "../errors.ts";
import type { TaskContext } from "../task/context.ts";
import { replaceDefaultEngine } from "../task/default-engine.ts";
import { createRuntime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { Condition } from "./condition.ts";
import { Mutex } from "./mutex.ts";
import { rounds } from "../../test/rounds.ts";

interface Worker {
  readonly holdMs: number;
  readonly timeoutMs: number;
  readonly interruptAtMs: readonly number[];
  readonly cancelAtMs: number;
}
const workers = fc.array(
  fc.record({
    holdMs: fc.integer({ min: 0, max: 5 }),
    timeoutMs: fc.integer({ min: 0, max: 12 }),
    interruptAtMs: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 3 }),
    cancelAtMs: fc.integer({ min: 0, max: 60 }),
  }),
  { minLength: 1, maxLength: 6 },
);
const STOP = new Error("interrupted");

class Room {
  readonly mutex = new Mutex();
  readonly condition = new Condition(this.mutex);
  inside: TaskContext | undefined;

  /** What only the holder may do. */
  enter(task: TaskContext): void {
    expect(this.mutex.locked).toBe(true);
    expect(this.inside === undefined || this.inside === task).toBe(true);
    this.inside = task;
  }
}

/** Holds, waits and holds again, until it is cancelled; whatever ends a wait, nobody else may be inside. */
function* work(task: TaskContext, room: Room, { holdMs, timeoutMs }: Worker) {
  for (;;) {
    try {
      using _lock = yield* room.mutex.lock();
      try {
        room.enter(task);
        yield* task.sleep(holdMs);
        room.inside = undefined;
        try {
          yield* room.condition.wait({ timeoutMs });
        } finally {
          room.enter(task);
        }
        yield* task.sleep(holdMs);
        room.condition.notify();
      } finally {
        if (room.inside === task) room.inside = undefined;
      }
    } catch (error) {
      if (error !== STOP && !isSkeinError(error, "TIMEOUT")) throw error;
    }
    yield* restFor(task);
  }
}
/** A millisecond, interrupted or not. */
function* restFor(task: TaskContext) {
  try {
    yield* task.sleep(1);
  } catch (error) {
    if (error !== STOP) throw error;
  }
}

test("whatever ends a wait at a condition, one task at a time is inside, and the mutex is free at the end", async () => {
  const run = async (all: readonly Worker[]): Promise<void> => {
    const clock = new VirtualClock();
    const platform = virtualPlatform({ clock });
    const runtime = createRuntime({ platform });
    replaceDefaultEngine(runtime.engine);
    const room = new Room();
    const tasks = all.map((worker) => ({ worker, task: spawn(work, [room, worker]) }));
    const ends: string[] = [];
    for (const { task } of tasks) void task.exit().then(({ type }) => ends.push(type));
    for (let ms = 0; ms <= 60; ms += 1) {
      for (const { worker, task } of tasks) {
        if (worker.interruptAtMs.includes(ms)) task.interrupt(STOP);
        if (worker.cancelAtMs === ms) void task.cancel();
      }
      await clock.advance(1);
    }
    await clock.advance(1000);
    expect(ends).toEqual(tasks.map(() => "cancelled"));
    expect([room.mutex.locked, room.mutex.waiting, platform.unhandled]).toEqual([false, 0, []]);
  };
  await fc.assert(fc.asyncProperty(workers, run), { numRuns: rounds(200) });
});
