/** Primitives under random schedules: what each task does next, and where it gives way, is drawn by fast-check. */
import fc from "fast-check";
import { isSkeinError } from "../errors.ts";
import { expect, test } from "vitest";
import type { Exit } from "../contracts/exit.ts";
import type { Steps } from "../contracts/operation.ts";
import { Mutex } from "../sync/mutex.ts";
import { type Choices, HOUR_MS, checkSchedules, choices, inRuntime, maybeWait } from "../../test/schedules.ts";
import { virtualPlatform } from "../testing/virtual-platform.ts";
import { all, race } from "./combine.ts";
import type { TaskContext } from "./context.ts";
import { op } from "./op.ts";
import { createRuntime } from "./runtime.ts";
import { sleep } from "./sleep.ts";
import { spawn } from "./spawn.ts";
import type { Task } from "./types.ts";

interface Numbered {
  readonly from: number;
  readonly n: number;
}

function* sender(
  task: TaskContext,
  choose: Choices,
  to: Task<unknown, Numbered>,
  from: number,
  count: number,
): Steps<void> {
  for (let n = 0; n < count; n += 1) {
    yield* maybeWait(task, choose);
    if (choose.pick(3) === 0) yield* to.deliver({ from, n });
    else
      for (;;) {
        try {
          to.send({ from, n });
          break;
        } catch {
          yield* sleep(1);
        }
      }
  }
}

function* receiver(task: TaskContext<Numbered>, choose: Choices, count: number): Steps<Numbered[]> {
  const got: Numbered[] = [];
  for (let round = 0; got.length < count; round += 1) {
    // Choices may repeat for ever: after a while it only waits.
    switch (round > 50 ? 4 : choose.pick(5)) {
      case 0: {
        const one = task.tryReceive();
        if (one === undefined) yield* task.pause();
        else got.push(one);
        break;
      }
      case 1: {
        const one = yield* task.receive({ timeoutMs: choose.pick(3), else: undefined });
        if (one !== undefined) got.push(one);
        break;
      }
      case 2: {
        const one = yield* race([task.receive(), op(later, [choose.pick(3)])]);
        if (typeof one === "object") got.push(one);
        break;
      }
      case 3: {
        // Any message of the sender whose oldest waits: order within a sender is kept by taking the oldest.
        const one = yield* task.receive({ match: ({ from }) => from === 0, timeoutMs: 2, else: undefined });
        if (one !== undefined) got.push(one);
        break;
      }
      default:
        got.push(yield* task.receive());
    }
  }
  return got;
}

function* later(ms: number): Steps<string> {
  yield* sleep(ms);
  return "later";
}

test("a mailbox keeps the order of each sender and loses nothing", async () => {
  await checkSchedules(
    fc.asyncProperty(
      choices,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (choose, senders, count, limit) => {
        await inRuntime((runtime) => {
          const to = spawn(receiver, [choose, senders * count], { runtime, mailboxLimit: limit });
          for (let from = 0; from < senders; from += 1) spawn(sender, [choose, to, from, count], { runtime });
          spawn(
            function* () {
              const got = yield* to;
              for (let from = 0; from < senders; from += 1) {
                const own = got.filter((one) => one.from === from).map((one) => one.n);
                expect(own).toEqual(Array.from({ length: count }, (_, n) => n));
              }
            },
            [],
            { runtime },
          );
        });
      },
    ),
  );
});

test("no wake is lost: who waits for a condition sees it", async () => {
  function* consumer(task: TaskContext, choose: Choices, box: number[], count: number): Steps<number> {
    let taken = 0;
    while (taken < count) {
      while (box.length === 0) {
        if (choose.pick(2) === 0) yield* task.pause();
        if (box.length === 0) yield* task.suspend();
      }
      taken += box.splice(0).length;
    }
    return taken;
  }
  function* producer(task: TaskContext, choose: Choices, box: number[], count: number, to: Task<number>): Steps<void> {
    for (let n = 0; n < count; n += 1) {
      box.push(n);
      to.wake();
      yield* maybeWait(task, choose);
    }
  }
  await checkSchedules(
    fc.asyncProperty(choices, fc.integer({ min: 1, max: 20 }), async (choose, count) => {
      await inRuntime((runtime) => {
        const box: number[] = [];
        const to = spawn(consumer, [choose, box, count], { runtime });
        spawn(producer, [choose, box, count, to], { runtime });
      });
    }),
  );
});

test("a mutex has one holder, is given in order, and is free at the end, whoever is cancelled", async () => {
  interface Log {
    holders: number;
    asked: number[];
    got: number[];
    cancelled: Set<number>;
  }
  function* worker(task: TaskContext, choose: Choices, mutex: Mutex, log: Log, n: number): Steps<void> {
    yield* maybeWait(task, choose);
    try {
      log.asked.push(n);
      using _lock = yield* mutex.lock(choose.pick(4) === 0 ? { timeoutMs: choose.pick(4) } : undefined);
      log.got.push(n);
      log.holders += 1;
      expect(log.holders).toBe(1);
      try {
        yield* maybeWait(task, choose);
      } finally {
        log.holders -= 1;
      }
    } catch (error) {
      if (isSkeinError(error, "TASK_CANCELLED")) throw error;
      expect((error as { code?: string }).code).toBe("TIMEOUT");
    }
  }
  await checkSchedules(
    fc.asyncProperty(choices, fc.integer({ min: 2, max: 10 }), async (choose, count) => {
      const mutex = new Mutex();
      const log: Log = { holders: 0, asked: [], got: [], cancelled: new Set() };
      await inRuntime((runtime) => {
        const workers = Array.from({ length: count }, (_, n) => spawn(worker, [choose, mutex, log, n], { runtime }));
        spawn(
          function* (task: TaskContext) {
            for (const one of workers) {
              yield* maybeWait(task, choose);
              if (choose.pick(3) === 0) void one.cancel();
              else if (choose.pick(5) === 0) one.wake();
            }
          },
          [],
          { runtime },
        );
      });
      expect(mutex.locked).toBe(false);
      expect(mutex.waiting).toBe(0);
      // Those who got it got it in the order in which they asked.
      expect(log.got).toEqual(log.asked.filter((n) => log.got.includes(n)));
    }),
  );
});

test("no child outlives its parent, and everything ends in exactly one way, whatever fails or is cancelled", async () => {
  interface Tree {
    live: Map<number, number>;
    ended: Map<number, string>;
    next: number;
  }
  function* node(task: TaskContext, choose: Choices, tree: Tree, parent: number, depth: number): Steps<number> {
    const me = tree.next;
    tree.next += 1;
    tree.live.set(me, parent);
    try {
      const children: Task<number>[] = [];
      const width = depth === 0 ? 0 : choose.pick(4);
      for (let child = 0; child < width; child += 1) {
        yield* maybeWait(task, choose);
        const one = task.spawn(
          node,
          [choose, tree, me, depth - 1],
          choose.pick(6) === 0 ? { background: true } : undefined,
        );
        if (choose.pick(6) === 0) void one.cancel("by its parent");
        if (choose.pick(9) === 0) one.interrupt(new Error("interrupted"));
        children.push(one);
      }
      if (choose.pick(8) === 0) throw new Error("failed");
      const joins = choose.pick(3);
      if (joins === 0) yield* all(children);
      else if (children[0] !== undefined && joins === 1) yield* children[0].exit();
      return me;
    } finally {
      // A cancel may come while it cleans up already: what must happen in any case stands in a finally of its own.
      try {
        if (choose.pick(3) === 0) yield* sleep(choose.pick(5));
      } finally {
        tree.live.delete(me);
      }
    }
  }
  await checkSchedules(
    fc.asyncProperty(choices, async (choose) => {
      const platform = virtualPlatform();
      const runtime = createRuntime({ platform });
      const tree: Tree = { live: new Map(), ended: new Map(), next: 1 };
      const exits: Exit<number>[] = [];
      const root = spawn(node, [choose, tree, 0, 3], { runtime });
      spawn(
        function* () {
          exits.push(yield* root.exit());
          // Background tasks are nobody's children.
          const own = new Set(
            runtime
              .tasks()
              .filter((one) => !one.background)
              .map((one) => one.name),
          );
          expect(own.has("node")).toBe(false);
        },
        [],
        { runtime },
      );
      if (choose.pick(3) === 0) {
        await platform.clock.advance(choose.pick(4));
        void root.cancel("from outside");
      }
      await platform.clock.advance(HOUR_MS);
      expect(exits.length).toBe(1);
      expect(runtime.dump()).toBe("");
      expect(tree.live.size).toBe(0);
      expect(runtime.engine.foregroundTasks + runtime.engine.backgroundTasks).toBe(0);
    }),
  );
});

test("all, race and deadline leave nothing behind, whoever wins, fails or is cancelled", async () => {
  function* part(choose: Choices, open: { count: number }): Steps<number> {
    open.count += 1;
    try {
      yield* sleep(choose.pick(5));
      if (choose.pick(5) === 0) throw new Error("part failed");
      yield* sleep(choose.pick(5));
      return 1;
    } finally {
      try {
        if (choose.pick(3) === 0) yield* sleep(1);
      } finally {
        open.count -= 1;
      }
    }
  }
  function* combined(task: TaskContext<number>, choose: Choices, open: { count: number }): Steps<void> {
    for (let round = 0; round < 4; round += 1) {
      const parts = Array.from({ length: 1 + choose.pick(4) }, () => op(part, [choose, open]));
      try {
        switch (choose.pick(3)) {
          case 0:
            yield* all(parts);
            break;
          case 1:
            yield* race([...parts, task.receive()]);
            break;
          default:
            yield* race([task.suspend({ timeoutMs: 3, else: 0 }), all(parts)]);
        }
      } catch (error) {
        if (isSkeinError(error, "TASK_CANCELLED")) throw error;
        expect((error as Error).message).toBe("part failed");
      }
    }
  }
  await checkSchedules(
    fc.asyncProperty(choices, async (choose) => {
      const open = { count: 0 };
      await inRuntime((runtime) => {
        const task = spawn(combined, [choose, open], { runtime });
        spawn(
          function* (other: TaskContext) {
            yield* maybeWait(other, choose);
            if (choose.pick(2) === 0) task.send(1);
            yield* maybeWait(other, choose);
            if (choose.pick(2) === 0) task.wake(1);
            yield* maybeWait(other, choose);
            if (choose.pick(2) === 0) void task.cancel();
          },
          [],
          { runtime },
        );
      });
      expect(open.count).toBe(0);
    }),
  );
});
