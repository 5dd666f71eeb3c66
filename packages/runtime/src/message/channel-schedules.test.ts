/** Channels under random schedules: who gets what, in which order, and what a delivery counts. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Choices, checkSchedules, choices, inRuntime, maybeWait } from "../../test/schedules.ts";
import type { Steps, Stream } from "../contracts/operation.ts";
import { deadline } from "../task/deadline.ts";
import type { TaskContext } from "../task/context.ts";
import { spawn } from "../task/spawn.ts";
import { type Channel, channel } from "./channel.ts";

const END = -1;

/** What was published so far; each value is its number. */
interface Published {
  count: number;
}

function* publisher(task: TaskContext, choose: Choices, news: Channel<number>, published: Published, rounds: number) {
  for (let round = 0; round < rounds; round += 1) {
    yield* maybeWait(task, choose);
    const value = published.count;
    published.count += 1;
    if (choose.pick(3) === 0) {
      const subscribed = yield* news.subscribers();
      expect(yield* news.deliver(value)).toBe(subscribed);
    } else news.publish(value);
  }
}

/** Subscribes and unsubscribes: gets exactly what was published in between, in order. */
function* subscriber(task: TaskContext<number>, choose: Choices, news: Channel<number>, published: Published) {
  for (let round = 0; round < 3; round += 1) {
    yield* maybeWait(task, choose);
    const first = published.count;
    yield* news.subscribe(task.ref);
    const wanted = choose.pick(4);
    const got: number[] = [];
    while (got.length < wanted && published.count - first > got.length) {
      got.push(yield* task.receive());
      yield* maybeWait(task, choose);
    }
    news.unsubscribe(task.ref);
    const last = published.count;
    for (let left = task.tryReceive(); left !== undefined; left = task.tryReceive()) got.push(left);
    expect(got).toEqual(Array.from({ length: last - first }, (_, n) => first + n));
  }
}

/** Reads a stream with waits that are given up in between. */
function* reader(task: TaskContext, choose: Choices, values: Stream<number>, from: number): Steps<void> {
  for (let next = from; ;) {
    yield* maybeWait(task, choose);
    try {
      const step = choose.pick(2) === 0 ? yield* deadline(choose.pick(3), values.next()) : yield* values.next();
      if (step.done === true || step.value === END) return;
      expect(step.value).toBe(next);
      next += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: "TIMEOUT" });
    }
  }
}

test("subscribers and readers get what was published while they were there, once and in order", async () => {
  await checkSchedules(
    fc.asyncProperty(
      choices,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 3 }),
      async (choose, publishers, readers) => {
        await inRuntime((runtime) => {
          const outer = channel<number>("outer");
          const inner = channel<number>("inner");
          void outer.subscribe(inner);
          const published = { count: 0 };
          for (let n = 0; n < readers; n += 1)
            spawn(reader, [choose, (n % 2 === 0 ? outer : inner).values(), 0], { runtime });
          for (let n = 0; n < 3; n += 1)
            spawn(subscriber, [choose, n % 2 === 0 ? outer : inner, published], { runtime });
          const made = Array.from({ length: publishers }, () =>
            spawn(publisher, [choose, outer, published, 6], { runtime }),
          );
          spawn(
            function* (task: TaskContext) {
              for (const one of made) yield* one;
              yield* task.sleep(100);
              outer.publish(END);
              yield* outer.close();
            },
            [],
            { runtime },
          );
        });
      },
    ),
  );
});
