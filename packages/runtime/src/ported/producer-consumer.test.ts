/** Producers and consumers that share a small buffer, guarded by a mutex and two conditions. */
import { expect, test } from "vitest";
import {
  all,
  Condition,
  createRuntime,
  MINUTE_MS,
  Mutex,
  Semaphore,
  spawn,
  type Steps,
  type TaskContext,
} from "../index.ts";
import { seededRandom } from "../testing/seeded-random.ts";
import { VirtualClock, virtualPlatform } from "../testing/index.ts";

const clock = new VirtualClock();
const runtime = createRuntime({ platform: virtualPlatform({ clock }) });

class Buffer<T> {
  readonly #items: T[] = [];
  readonly #mutex = new Mutex();
  readonly #filled = new Condition(this.#mutex);
  readonly #emptied = new Condition(this.#mutex);
  readonly #limit: number;
  /** The most that were in it at a time. */
  most = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  *put(item: T): Steps<void> {
    using _lock = yield* this.#mutex.lock();
    while (this.#items.length === this.#limit) yield* this.#emptied.wait();
    this.#items.push(item);
    this.most = Math.max(this.most, this.#items.length);
    this.#filled.notify();
  }

  *take(): Steps<T> {
    using _lock = yield* this.#mutex.lock();
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        this.#emptied.notify();
        return item;
      }
      yield* this.#filled.wait();
    }
  }
}

test("what three producers make, four consumers take: each item once, never more in the buffer than it holds", async () => {
  const random = seededRandom(11);
  const buffer = new Buffer<number>(3);
  const taken: number[] = [];
  function* producer(task: TaskContext, from: number, count: number): Steps<void> {
    for (let n = 0; n < count; n += 1) {
      yield* task.sleep(random() * 20);
      yield* buffer.put(from + n);
    }
  }
  function* consumer(task: TaskContext): Steps<void> {
    for (;;) {
      const item = yield* buffer.take();
      if (item < 0) return;
      taken.push(item);
      yield* task.sleep(random() * 30);
    }
  }
  const main = spawn(
    function* (task: TaskContext) {
      const consumers = Array.from({ length: 4 }, () => task.spawn(consumer));
      yield* all([0, 100, 200].map((from) => task.spawn(producer, [from, 50])));
      for (const _ of consumers) yield* buffer.put(-1);
      yield* all(consumers);
    },
    [],
    { runtime },
  );
  await clock.advance(MINUTE_MS);
  await main;
  const made = [0, 100, 200].flatMap((from) => Array.from({ length: 50 }, (_, n) => from + n));
  expect(taken.toSorted((a, b) => a - b)).toEqual(made);
  expect(buffer.most).toBe(3);
  // Of one producer's items the earlier one is taken first.
  const first = taken.filter((item) => item < 100);
  expect(first).toEqual(first.toSorted((a, b) => a - b));
});

test("a consumer that gives up holds the mutex again, so what follows is guarded", async () => {
  const mutex = new Mutex();
  const filled = new Condition(mutex);
  const main = spawn(
    function* () {
      using _lock = yield* mutex.lock();
      try {
        yield* filled.wait({ timeoutMs: 50 });
      } catch {
        return mutex.locked;
      }
      return undefined;
    },
    [],
    { runtime },
  );
  await clock.advance(100);
  expect(await main).toBe(true);
  expect(mutex.locked).toBe(false);
});

test("workers behind a semaphore never run more at a time than it has permits", async () => {
  const permits = new Semaphore(3);
  let running = 0;
  let most = 0;
  const startedMs: number[] = [];
  function* worker(task: TaskContext): Steps<void> {
    using _permit = yield* permits.acquire();
    running += 1;
    most = Math.max(most, running);
    startedMs.push(clock.now());
    yield* task.sleep(100);
    running -= 1;
  }
  const beginMs = clock.now();
  const tasks = Array.from({ length: 12 }, () => spawn(worker, [], { runtime }));
  await clock.advance(MINUTE_MS);
  for (const task of tasks) await task;
  expect(most).toBe(3);
  expect(startedMs.map((atMs) => atMs - beginMs)).toEqual([0, 0, 0, 100, 100, 100, 200, 200, 200, 300, 300, 300]);
});

test("workers that take a permit a beat start so many a second", async () => {
  const beats = new Semaphore(0);
  const startedMs: number[] = [];
  function* beat(task: TaskContext, everyMs: number): Steps<void> {
    for (;;) {
      beats.release();
      yield* task.sleep(everyMs);
    }
  }
  function* worker(): Steps<void> {
    // The permit is used up: it is not given back.
    yield* beats.acquire();
    startedMs.push(clock.now());
  }
  const beginMs = clock.now();
  const beating = spawn(beat, [250], { runtime, background: true });
  const tasks = Array.from({ length: 8 }, () => spawn(worker, [], { runtime }));
  await clock.advance(MINUTE_MS);
  for (const task of tasks) await task;
  expect(startedMs.map((atMs) => atMs - beginMs)).toEqual([0, 250, 500, 750, 1000, 1250, 1500, 1750]);
  await beating.cancel();
});
