import { expect, test } from "vitest";
import type { TaskContext } from "../task/context.ts";
import { spawn } from "../task/spawn.ts";
import { listen, setUpChannels } from "../../test/virtual-channels.ts";
import { channel, type Channel } from "./channel.ts";

/** A task that never takes anything and holds one message. */
function* busy(task: TaskContext<unknown>) {
  yield* task.suspend();
}

test("a subscribed channel that is full keeps a value from nobody else", async () => {
  const { clock, runtime, make } = setUpChannels();
  const got: unknown[] = [];
  const full = spawn(busy, [], { runtime, background: true, mailboxLimit: 1 });
  const listener = spawn(listen, [got], { runtime, background: true });
  const [tells, drops] = [await make("tells"), await make("drops", { overflow: "drop-oldest" })];
  const inner = await make("inner");
  await inner.subscribe(full.ref);
  for (const outer of [tells, drops]) {
    await outer.subscribe(inner);
    await outer.subscribe(listener.ref);
  }
  full.send("it is full");
  expect(() => tells.publish(1)).toThrow("1 subscribers of channel tells are full");
  drops.publish(2);
  await clock.settle();
  expect(got).toEqual([1, 2]);
});

test("a channel below that drops for its own subscribers does not trouble the publisher", async () => {
  const { runtime, make } = setUpChannels();
  const full = spawn(busy, [], { runtime, background: true, mailboxLimit: 1 });
  const [outer, inner] = [await make("outer"), await make("inner", { overflow: "drop-oldest" })];
  await inner.subscribe(full.ref);
  await outer.subscribe(inner);
  full.send("it is full");
  outer.publish(1);
  expect(await outer.subscribers()).toBe(1);
});

test("a transform below that throws keeps a value from nobody else, and the publisher is told", async () => {
  const { clock, runtime, make } = setUpChannels();
  const got: unknown[] = [];
  const listener = spawn(listen, [got], { runtime, background: true });
  const outer = await make("outer");
  const broken = await make("broken", {
    transform: () => {
      throw new Error("the transform fails");
    },
  });
  await outer.subscribe(broken);
  await outer.subscribe(listener.ref);
  expect(() => outer.publish(1)).toThrow("the transform fails");
  const failure = Promise.resolve(outer.deliver(2)).catch((error: Error) => error.message);
  await clock.settle();
  expect([got, await failure]).toEqual([[1, 2], "the transform fails"]);
});

test("a chain of channels may be twenty thousand long", async () => {
  const { clock, runtime } = setUpChannels();
  const got: unknown[] = [];
  const listener = spawn(listen, [got], { runtime, background: true });
  const LENGTH = 20_000;
  const ends: Channel<unknown>[] = [];
  // oxlint-disable-next-line typescript/no-floating-promises -- its end is what the clock waits for
  spawn(
    function* () {
      let last = channel<unknown>("last");
      ends.push(last);
      yield* last.subscribe(listener.ref);
      for (let n = 1; n < LENGTH; n += 1) {
        const next = channel<unknown>(`channel ${n}`);
        yield* next.subscribe(last);
        last = next;
      }
      ends.push(last);
    },
    [],
    { runtime },
  );
  await clock.settle();
  const first = ends[1];
  first?.publish(1);
  const delivered = Promise.resolve(first?.deliver(2));
  await clock.settle();
  expect([got, await delivered]).toEqual([[1, 2], 1]);
});
