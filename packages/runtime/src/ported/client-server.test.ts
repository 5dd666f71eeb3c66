/** The tutorial's first programs: tasks that sleep, and clients that send to a server. */
import { expect, test } from "vitest";
import { all, createRuntime, SECOND_MS, spawn, type Steps, type TaskContext, type TaskRef } from "../index.ts";
import { VirtualClock, virtualPlatform } from "../testing/index.ts";

const clock = new VirtualClock();
const runtime = createRuntime({ platform: virtualPlatform({ clock, seed: 7 }) });

test("ten tasks that sleep for different times end in the order of their times", async () => {
  const ended: number[] = [];
  function* sleeper(task: TaskContext, n: number): Steps<void> {
    yield* task.sleep(((n * 7) % 10) * 100);
    ended.push((n * 7) % 10);
  }
  const tasks = Array.from({ length: 10 }, (_, n) => spawn(sleeper, [n], { runtime }));
  await clock.advance(SECOND_MS);
  for (const task of tasks) await task;
  expect(ended).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

interface Request {
  readonly from: number;
  readonly id: number;
}

/** Gives numbers from 1 on to whoever sends its reference, and keeps who got which. */
function* numbers(task: TaskContext<TaskRef<number>>): Steps<void> {
  let next = 1;
  yield* task.messages().forEach((client) => {
    client.send(next);
    next += 1;
  });
}

function* server(task: TaskContext<Request>, got: Request[]): Steps<void> {
  yield* task.messages().forEach((request) => void got.push(request));
}

/** Three messages, each with a number that nobody else has, some time apart. */
function* client(
  task: TaskContext<number>,
  n: number,
  to: TaskRef<Request>,
  counter: TaskRef<TaskRef<number>>,
): Steps<void> {
  for (let message = 0; message < 3; message += 1) {
    yield* task.sleep(100 + ((n * 31 + message * 17) % 50) * 10);
    counter.send(task.ref);
    to.send({ from: n, id: yield* task.receive() });
  }
}

test("thirty messages of ten clients reach the server, with the ids 1 to 30 once each", async () => {
  const got: Request[] = [];
  const main = spawn(
    function* (task: TaskContext) {
      const counter = task.spawn(numbers, [], { background: true });
      const serving = task.spawn(server, [got], { background: true });
      yield* all(Array.from({ length: 10 }, (_, n) => task.spawn(client, [n, serving.ref, counter.ref])));
    },
    [],
    { runtime },
  );
  await clock.advance(5 * SECOND_MS);
  expect(await main.exit()).toEqual({ type: "returned", value: undefined });
  const ids = got.map(({ id }) => id);
  expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
  for (let n = 0; n < 10; n += 1) {
    const own = got.filter(({ from }) => from === n).map(({ id }) => id);
    expect(own).toHaveLength(3);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
  expect(runtime.tasks().map(({ name, background }) => [name, background])).toEqual([
    ["numbers", true],
    ["server", true],
  ]);
});

test("a server with a task for each message answers all of them, each by the address in the message", async () => {
  interface Job {
    readonly n: number;
    readonly reply: TaskRef<string>;
  }
  function* worker(task: TaskContext, { n, reply }: Job): Steps<void> {
    reply.send(`processing ${n}`);
    yield* task.sleep((n % 4) * 10);
    reply.send(`done ${n}`);
  }
  function* dispatcher(task: TaskContext<Job | "end">): Steps<number> {
    let started = 0;
    for (;;) {
      const message = yield* task.receive();
      if (message === "end") return started;
      task.spawn(worker, [message]);
      started += 1;
    }
  }
  const main = spawn(
    function* (task: TaskContext<string>) {
      const dispatching = task.spawn(dispatcher);
      for (let n = 0; n < 30; n += 1) dispatching.send({ n, reply: task.ref });
      dispatching.send("end");
      const lines: string[] = [];
      while (lines.length < 60) lines.push(yield* task.receive());
      return { started: yield* dispatching, lines };
    },
    [],
    { runtime },
  );
  await clock.advance(SECOND_MS);
  const { started, lines } = await main;
  expect(started).toBe(30);
  for (let n = 0; n < 30; n += 1) {
    expect(lines.indexOf(`processing ${n}`)).toBeGreaterThanOrEqual(0);
    expect(lines.indexOf(`done ${n}`)).toBeGreaterThan(lines.indexOf(`processing ${n}`));
  }
});
