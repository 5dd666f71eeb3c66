import { expect, test } from "vitest";
import type { TaskContext } from "../task/context.ts";
import { createRuntime, type Runtime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { channel, type Channel, type ChannelOptions } from "./channel.ts";

interface SetUp {
  readonly clock: VirtualClock;
  readonly runtime: Runtime;
  readonly make: (name: string, options?: ChannelOptions<unknown>) => Promise<Channel<unknown>>;
}
async function setUp(): Promise<SetUp> {
  const clock = new VirtualClock();
  const runtime = createRuntime({ platform: virtualPlatform({ clock }) });
  const make = async (name: string, options?: ChannelOptions<unknown>): Promise<Channel<unknown>> => {
    const made: Channel<unknown>[] = [];
    // oxlint-disable-next-line typescript/no-floating-promises -- its end is what the clock waits for
    spawn(() => void made.push(channel(name, options)), [], { runtime });
    await clock.settle();
    const [one] = made;
    if (one === undefined) throw new Error("the channel was not made");
    return one;
  };
  return { clock, runtime, make };
}
/** Collects what comes, from `afterMs` on. */
function* listen(task: TaskContext<unknown>, got: unknown[], afterMs = 0) {
  if (afterMs > 0) yield* task.sleep(afterMs);
  for (;;) got.push(yield* task.receive());
}
/** A task that never takes anything and holds one message. */
function* busy(task: TaskContext<unknown>) {
  yield* task.suspend();
}

test("a subscribed channel that is full keeps a value from nobody else", async () => {
  const { clock, runtime, make } = await setUp();
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
  const { runtime, make } = await setUp();
  const full = spawn(busy, [], { runtime, background: true, mailboxLimit: 1 });
  const [outer, inner] = [await make("outer"), await make("inner", { overflow: "drop-oldest" })];
  await inner.subscribe(full.ref);
  await outer.subscribe(inner);
  full.send("it is full");
  outer.publish(1);
  expect(await outer.subscribers()).toBe(1);
});

test("a transform below that throws keeps a value from nobody else, and the publisher is told", async () => {
  const { clock, runtime, make } = await setUp();
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
  const { clock, runtime } = await setUp();
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
