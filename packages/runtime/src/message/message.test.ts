import { expect, test } from "vitest";
import type { Exit } from "../contracts/exit.ts";
import type { SkeinError } from "../errors.ts";
import type { TaskContext } from "../task/context.ts";
import { createRuntime, type Runtime } from "../task/runtime.ts";
import { sleep } from "../task/sleep.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { MemoryNetwork } from "../testing/memory-router.ts";
import { channel, type Channel, type ChannelOptions } from "./channel.ts";
import { nameTable } from "./names.ts";
import { locate, lookup, register } from "./registry.ts";

const platform = createHostPlatform();
const runtime = createRuntime({ platform });
const code = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => "no error",
    (error: SkeinError) => error.code ?? error.message,
  );
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise<void>((resolve) => platform.nextTurn(resolve));
};
/** Runs `body` as a task of `where`, so that what it makes belongs there. */
const within = <T>(where: Runtime, body: (task: TaskContext) => T): PromiseLike<T> =>
  spawn((task: TaskContext) => [body(task)] as const, [], { runtime: where }).then(([value]) => value);
const channelIn = <T>(where: Runtime, name?: string, options?: ChannelOptions<T>): PromiseLike<Channel<T>> =>
  within(where, () => channel<T>(name, options));
function* collect(task: TaskContext<number>, count: number) {
  const got: number[] = [];
  while (got.length < count) got.push(yield* task.receive());
  return got;
}

test("a channel gives what is published to those subscribed at that time", async () => {
  const news = await channelIn<number>(runtime, "news");
  const first = spawn(collect, [2], { runtime });
  const second = spawn(collect, [1], { runtime });
  await news.subscribe(first.ref);
  news.publish(1);
  await news.subscribe(second.ref);
  news.publish(2);
  expect(await first).toEqual([1, 2]);
  expect(await second).toEqual([2]);
  expect(await news.subscribers()).toBe(0);
});

test("a transform changes or drops what is published", async () => {
  const even = await channelIn<number>(runtime, "even", { transform: (n) => (n % 2 === 0 ? n * 10 : undefined) });
  const task = spawn(collect, [2], { runtime });
  await even.subscribe(task.ref);
  for (const n of [1, 2, 3, 4]) even.publish(n);
  expect(await task).toEqual([20, 40]);
});

test("deliver waits for subscribers and says how many have the value", async () => {
  const work = await channelIn<number>(runtime, "work");
  const delivery = work.deliver(7, { subscribers: 2 });
  const tasks = [spawn(collect, [1], { runtime }), spawn(collect, [1], { runtime })];
  for (const task of tasks) await work.subscribe(task.ref);
  expect(await delivery).toBe(2);
  for (const task of tasks) expect(await task).toEqual([7]);
});

test("a delivery that times out carries how many have the value", async () => {
  const work = await channelIn<number>(runtime, "work");
  const slow = spawn(
    function* (task: TaskContext<number>) {
      yield* task.suspend();
    },
    [],
    { runtime, mailboxLimit: 1 },
  );
  const fast = spawn(collect, [2], { runtime });
  await work.subscribe(slow.ref);
  await work.subscribe(fast.ref);
  slow.send(0);
  const error = await Promise.resolve(work.deliver(1, { timeoutMs: 5 })).then(
    () => undefined,
    (thrown: SkeinError & { delivered: number }) => thrown,
  );
  expect([error?.code, error?.delivered]).toEqual(["TIMEOUT", 1]);
  await slow.cancel();
  await fast.cancel();
});

test("channels lead to channels, and a cycle is refused", async () => {
  const [a, b] = [await channelIn<number>(runtime, "a"), await channelIn<number>(runtime, "b")];
  const task = spawn(collect, [1], { runtime });
  await a.subscribe(b);
  await b.subscribe(task.ref);
  expect(await code(b.subscribe(a))).toBe("CHANNEL_CYCLE");
  expect(await a.deliver(5)).toBe(1);
  expect(await task).toEqual([5]);
});

test("values iterates over what comes, and ends when the channel closes", async () => {
  const numbers = await channelIn<number>(runtime, "numbers");
  const values = numbers.values();
  numbers.publish(1);
  numbers.publish(2);
  await numbers.close();
  const got: number[] = [];
  for await (const value of values) got.push(value);
  expect(got).toEqual([1, 2]);
  expect(() => numbers.publish(3)).toThrow("closed");
});

test("a slow reader refuses, or loses its oldest value, as the channel says", async () => {
  const refusing = await channelIn<number>(runtime, "refusing", { bufferLimit: 2 });
  const dropping = await channelIn<number>(runtime, "dropping", { bufferLimit: 2, overflow: "drop-oldest" });
  const [kept, latest] = [refusing.values(), dropping.values()];
  for (const n of [1, 2]) refusing.publish(n);
  expect(() => refusing.publish(3)).toThrow("full");
  for (const n of [1, 2, 3]) dropping.publish(n);
  expect([(await kept.next()).value, (await latest.next()).value]).toEqual([1, 2]);
});

test("a registered name is found until its task ends", async () => {
  const task = spawn(collect, [1], { runtime });
  await within(runtime, () => register("collector", task));
  const found = await within(runtime, () => lookup<TaskRef<number>>("collector"));
  expect(await code(within(runtime, () => register("collector", channel("other"))))).toBe("no error");
  expect(await code(within(runtime, () => register("collector", spawn(collect, [1]))))).toBe("NAME_TAKEN");
  found?.send(3);
  expect(await task).toEqual([3]);
  expect(await within(runtime, () => lookup("collector", { kind: "task" }))).toBe(undefined);
});

test("locate waits for a name that appears later", async () => {
  const finder = spawn(
    function* () {
      const ref = yield* locate<TaskRef<number>>("late");
      ref.send(9);
    },
    [],
    { runtime },
  );
  const task = spawn(collect, [1], { runtime });
  await turns();
  await within(runtime, () => register("late", task));
  expect(await task).toEqual([9]);
  await finder;
});

// What crosses between processes.
const near = createRuntime({ platform });
const far = createRuntime({ platform });
const network = new MemoryNetwork();
network.join(near, "near");
const farEndpoint = network.join(far, "far");
/** What `find` gives in `far`, as `near` gets it. */
const fetched = async <T extends object>(name: string, thing: () => T): Promise<T> => {
  await within(far, () => far.engine.part(nameTable).register(name, thing()));
  const request = { type: "name.lookup", name } as const;
  const found = await within(near, () => near.engine.router?.request(farEndpoint, request)).then((asked) => asked);
  return found as T;
};

test("a reference sends, delivers and tells the end across processes", async () => {
  const ref = (await fetched("adder", () =>
    spawn(function* (task: TaskContext<number>) {
      return (yield* task.receive()) + (yield* task.receive());
    }),
  )) as unknown as TaskRef<number>;
  const seen: Exit<unknown>[] = [];
  const watcher = spawn(
    function* (task: TaskContext<Exit<unknown>>) {
      task.monitor(ref, (exit) => exit);
      seen.push(yield* task.receive());
    },
    [],
    { runtime: near },
  );
  // It watches before the task can end.
  await turns();
  ref.send(1);
  await ref.deliver(2);
  await watcher;
  expect(seen).toEqual([{ type: "returned", value: 3 }]);
  expect(await code(ref.deliver(4))).toBe("TASK_UNKNOWN");
});

test("only its owner and operators may cancel a task from elsewhere", async () => {
  const ref = (await fetched("guarded", () => spawn(collect, [1]))) as unknown as TaskRef<number>;
  expect(await code(ref.cancel())).toBe("ROLE_FORBIDS");
  ref.interrupt(new Error("no"));
  const ended = Promise.resolve(ref.exit());
  await turns();
  ref.send(1);
  expect(await ended).toEqual({ type: "returned", value: [1] });
});

test("a channel elsewhere is published on, subscribed and read", async () => {
  const remote = await fetched("ticks", () => channel<number>("ticks"));
  const owned = await within(far, () => lookup<Channel<number>>("ticks", { kind: "channel" }));
  const task = spawn(collect, [2], { runtime: near });
  await remote.subscribe(task.ref);
  const values = await within(near, () => remote.values());
  await turns();
  expect(await remote.subscribers()).toBe(2);
  remote.publish(1);
  expect(await remote.deliver(2, { subscribers: 2 })).toBe(2);
  expect(await task).toEqual([1, 2]);
  expect([(await values.next()).value, (await values.next()).value]).toEqual([1, 2]);
  await owned?.close();
  expect((await values.next()).done).toBe(true);
  expect(await code(remote.subscribe(task.ref))).toBe("CHANNEL_CLOSED");
});

test("when a peer is lost, monitors say so and readers end", async () => {
  const other = createRuntime({ platform });
  const endpoint = network.join(other, "other");
  const task = spawn(collect, [1], { runtime: other });
  const made = await channelIn<number>(other, "doomed");
  await within(other, () => {
    register("doomed", task);
    register("doomed", made);
  });
  const ask = async (kind: "task" | "channel"): Promise<unknown> =>
    await near.engine.router?.request(endpoint, { type: "name.lookup", name: "doomed", kind });
  const ref = (await ask("task")) as TaskRef<number>;
  const values = ((await ask("channel")) as Channel<number>).values();
  const watcher = spawn(
    function* (inner: TaskContext<Exit<unknown>>) {
      inner.monitor(ref, (exit) => exit);
      return (yield* inner.receive()).type;
    },
    [],
    { runtime: near },
  );
  await turns();
  network.lose(endpoint);
  expect(await watcher).toBe("lost");
  expect(await code(values.next())).toBe("PEER_LOST");
  expect(await code(ref.deliver(1))).toBe("PEER_LOST");
  await task.cancel();
});

test("sleeping belongs to the runtime whose turn runs", async () => {
  const order = await spawn(
    function* () {
      yield* sleep(1);
      return "slept";
    },
    [],
    { runtime: near },
  );
  expect(order).toBe("slept");
});
