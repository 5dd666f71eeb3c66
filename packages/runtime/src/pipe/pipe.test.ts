import { expect, test } from "vitest";
import type { Operation } from "../contracts/operation.ts";
import { channel } from "../message/channel.ts";
import { op } from "../task/op.ts";
import { deadline } from "../task/deadline.ts";
import type { PoolMapOptions } from "../pool/pool.ts";
import type { AnyIterable } from "../pool/sources.ts";
import { createRuntime } from "../task/runtime.ts";
import { sleep } from "../task/sleep.ts";
import { spawn } from "../task/spawn.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import type { PipeCall } from "./calls.ts";
import { pipe, type Pipe } from "./pipe.ts";

/** Runs what a pipe comes to in virtual time, to its end. */
async function at<T>(operation: () => Operation<T>, ms = 10_000): Promise<T> {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  const task = spawn(
    function* () {
      return yield* operation();
    },
    [],
    { runtime: createRuntime({ platform }) },
  );
  void task.exit();
  await clock.advance(ms);
  return await task;
}

const list = <T>(made: () => Pipe<T>): Promise<T[]> => at(() => made().list());

/** A call that takes so long. */
const waits = (ms: number): Operation<number> =>
  op(function* () {
    yield* sleep(ms);
    return ms;
  });

/** Numbers that come one after another, and whether they were closed. */
function numbers(count: number) {
  const state = { asked: 0, closed: false };
  async function* values() {
    try {
      for (let n = 1; n <= count; n += 1) {
        state.asked = n;
        yield n;
      }
    } finally {
      state.closed = true;
    }
  }
  return { state, values };
}

test("filter, skip, take, takeWhile, dropWhile, changes and unique choose values", async () => {
  expect(await list(() => pipe([0, 1, 2, 0, 3]).filter())).toEqual([1, 2, 3]);
  expect(await list(() => pipe.range(6).filter((n) => n % 2 === 0))).toEqual([0, 2, 4]);
  expect(await list(() => pipe.range(5).skip())).toEqual([1, 2, 3, 4]);
  expect(await list(() => pipe.range(5).skip(3))).toEqual([3, 4]);
  expect(await list(() => pipe.range(5).take(2))).toEqual([0, 1]);
  expect(await list(() => pipe.range(5).take(0))).toEqual([]);
  expect(await list(() => pipe([1, 2, 0, 4]).takeWhile())).toEqual([1, 2]);
  expect(await list(() => pipe([0, 0, 3, 0, 4]).dropWhile())).toEqual([3, 0, 4]);
  expect(await list(() => pipe([1, 1, 2, 2, 1]).changes())).toEqual([1, 2, 1]);
  expect(await list(() => pipe(["a", "B", "b", "A"]).unique((text) => text.toLowerCase()))).toEqual(["a", "B"]);
  expect(await at(() => pipe.range(5).last())).toBe(4);
  expect(await at(() => pipe([]).last())).toBeUndefined();
});

test("constant, iterate, count, enumerate, partial, star, pack, pluck and copies transform values", async () => {
  expect(await list(() => pipe.range(3).constant("x"))).toEqual(["x", "x", "x"]);
  expect(await list(() => pipe.range(9).iterate("abc"))).toEqual(["a", "b", "c"]);
  expect(await list(() => pipe("xyz").count(10, 5))).toEqual([10, 15, 20]);
  expect(await list(() => pipe("ab").enumerate(1))).toEqual([
    [1, "a"],
    [2, "b"],
  ]);
  expect(await list(() => pipe.range(2).partial("a", "b"))).toEqual([
    ["a", "b", 0],
    ["a", "b", 1],
  ]);
  expect(await list(() => pipe.range(1).partialRight("a"))).toEqual([[0, "a"]]);
  expect(
    await list(() =>
      pipe("ab")
        .enumerate()
        .star((n, text) => text.repeat(n + 1)),
    ),
  ).toEqual(["a", "bb"]);
  expect(await list(() => pipe([1]).pack())).toEqual([[1]]);
  const people = [{ name: "Ann", home: { street: "High" } }];
  expect(await list(() => pipe(people).pluck("name"))).toEqual(["Ann"]);
  expect(await list(() => pipe(people).pluck("home.street", "name", "none.at.all"))).toEqual([
    ["High", "Ann", undefined],
  ]);
  expect(await list(() => pipe([["a", "b"]]).pluck(1))).toEqual(["b"]);
  const [copy] = await list(() => pipe(people).copy());
  expect(copy).not.toBe(people[0]);
  expect(copy?.home).toBe(people[0]?.home);
  const [deep] = await list(() => pipe(people).deepCopy());
  expect(deep).toEqual(people[0]);
  expect(deep?.home).not.toBe(people[0]?.home);
  expect(await list(() => pipe("abcde").previous(2))).toEqual(["a", "b", "c"]);
  expect(await list(() => pipe("abcde").chunk(2))).toEqual([["a", "b"], ["c", "d"], ["e"]]);
});

test("aggregates run on with each value, and windows have statistics of their own", async () => {
  const values = () => pipe([3, 1, 2]);
  expect(await list(() => values().reduce((a, b) => a + b))).toEqual([4, 6]);
  expect(await list(() => values().reduce((text, n) => text + n, ""))).toEqual(["3", "31", "312"]);
  expect(await list(() => values().min())).toEqual([3, 1, 1]);
  expect(await list(() => values().max())).toEqual([3, 3, 3]);
  expect(await list(() => values().sum(10))).toEqual([13, 14, 16]);
  expect(await list(() => values().product())).toEqual([3, 3, 6]);
  expect(await list(() => values().mean())).toEqual([3, 2, 2]);
  expect(await list(() => values().any((n) => n < 2))).toEqual([false, true, true]);
  expect(await list(() => values().all((n) => n > 1))).toEqual([true, false, false]);
  expect(await list(() => pipe([0, 10, 20]).ema({ n: 3 }))).toEqual([0, 5, 12.5]);
  expect(() => values().ema({})).toThrow("neither n nor weight");
  expect(await list(() => values().pairwise())).toEqual([
    [3, 1],
    [1, 2],
  ]);
  expect(await list(() => values().deque(2))).toEqual([[3], [3, 1], [1, 2]]);
  expect(await list(() => values().array(2).sum())).toEqual([3, 4, 3]);
  expect(await list(() => values().array(2).min())).toEqual([3, 1, 1]);
  expect(await list(() => values().array().max())).toEqual([3, 3, 3]);
  expect(await list(() => values().array(2).std())).toEqual([Number.NaN, Math.SQRT2, Math.SQRT1_2]);
  expect(await list(() => pipe([0, 0, 1]).array(2).any())).toEqual([false, false, true]);
  expect(await list(() => pipe([1, 0, 1]).array(2).all())).toEqual([true, false, false]);
  expect(await at(() => pipe([1, 2, 3, 4, 6]).chunk(2).mean().last())).toBe(6);
  expect(await at(() => values().list())).toEqual([3, 1, 2]);
  // A list is a pipe, too.
  expect(
    await at(() =>
      values()
        .list()
        .map((all) => all.length)
        .last(),
    ),
  ).toBe(3);
});

test("sources have their times", async () => {
  const clocked = (made: () => Pipe<unknown>) => list(() => made().timestamp());
  expect(await clocked(() => pipe.sequence("abc", { intervalMs: 10 }))).toEqual([
    [0, "a"],
    [10, "b"],
    [20, "c"],
  ]);
  expect(await clocked(() => pipe.sequence("abc", { timesMs: [5, 50] }))).toEqual([
    [5, "a"],
    [50, "b"],
  ]);
  expect(await clocked(() => pipe.repeat("x", 2, { intervalMs: 7 }))).toEqual([
    [0, "x"],
    [7, "x"],
  ]);
  expect(await clocked(() => pipe.timer(100, 3))).toEqual([
    [100, 100],
    [200, 200],
    [300, 300],
  ]);
  expect(await list(() => pipe.range(4, 0, -2))).toEqual([4, 2]);
  expect(await clocked(() => pipe.timerange(1500, 3500, 1000))).toEqual([
    [2000, 2000],
    [3000, 3000],
  ]);
  expect(await clocked(() => pipe.marble("_a-b |c", { intervalMs: 10 }))).toEqual([
    [0, "a"],
    [20, "b"],
  ]);
  expect(await list(() => pipe.wait(Promise.resolve(7)))).toEqual([7]);
  expect(await list(() => pipe(() => [1, 2]))).toEqual([1, 2]);
  expect(await list(() => pipe(sleep(5)).constant("after a sleep"))).toEqual(["after a sleep"]);
});

const marbles = ["A   B    C    D", "_1   2  3    4", "__K   L     M   N"];
const marble = (n: number) => pipe.marble(marbles[n] ?? "", { intervalMs: 10 });

test("several sources become one by merge, concat, chain and switch", async () => {
  const paced = (text: string, first: number) =>
    pipe.sequence(text, { timesMs: Array.from(text, (_, index) => first + index * 10) });
  expect((await list(() => paced("abc", 0).merge(paced("123", 1)))).join("")).toBe("a1b2c3");
  expect((await list(() => paced("abc", 0).concat(paced("123", 1), "xy"))).join("")).toBe("abc123xy");
  expect((await list(() => paced("abc", 0).chain(paced("123", 1), "xy"))).join("")).toBe("abc123xy");
  expect((await list(() => paced("abc", 0).switch(paced("123", 15)))).join("")).toBe("ab123");
  const merged = await list(() => pipe.range(3).mergeMap(marble));
  expect(merged.join("").replaceAll(/[^A-D]/g, "")).toBe("ABCD");
  expect(merged).toHaveLength(12);
  expect((await list(() => pipe.range(3).concatMap(marble))).join("")).toBe("ABCD1234KLMN");
  expect((await list(() => pipe.range(3).chainMap(marble))).join("")).toBe("ABCD1234KLMN");
  expect(
    (
      await list(() =>
        pipe.sequence([0, 1], { intervalMs: 65 }).switchMap((n) => paced(n === 0 ? "abcdefgh" : "xyz", 0)),
      )
    ).join(""),
  ).toBe("abcdefgxyz");
  // Two that are there at once take turns.
  expect(await list(() => pipe([1, 2, 3]).merge([10, 20, 30]))).toEqual([1, 10, 2, 20, 3, 30]);
});

test("mergeMap has no more sources open than it may", async () => {
  let open = 0;
  let most = 0;
  const one = async function* (n: number) {
    open += 1;
    most = Math.max(most, open);
    await Promise.resolve();
    yield n;
    open -= 1;
  };
  expect(await list(() => pipe.range(50).mergeMap(one, { inFlight: 3 }))).toHaveLength(50);
  expect(most).toBe(3);
});

test("zip and zipLatest give values side by side", async () => {
  expect(await list(() => pipe("abc").zip([1, 2], pipe.range(9)))).toEqual([
    ["a", 1, 0],
    ["b", 2, 1],
  ]);
  const left = () => pipe.sequence("ab", { timesMs: [0, 20] });
  const right = () => pipe.sequence([1, 2], { timesMs: [10, 30] });
  expect(await list(() => left().zipLatest(right()))).toEqual([
    ["a", undefined],
    ["a", 1],
    ["b", 1],
    ["b", 2],
  ]);
  expect(await list(() => left().zipLatest(right(), { partial: false }))).toEqual([
    ["a", 1],
    ["b", 1],
    ["b", 2],
  ]);
});

test("a fork's branches read one source, and are put together again", async () => {
  let begun = 0;
  const source = () => {
    begun += 1;
    return [2, 3, 4];
  };
  const forked = () =>
    pipe(source).fork(
      (n) => n.min(),
      (n) => n.max(),
      (n) => n.sum(),
    );
  expect(await list(() => forked().zip())).toEqual([
    [2, 2, 2],
    [2, 3, 5],
    [2, 4, 9],
  ]);
  expect(begun).toBe(1);
  expect((await list(() => forked().merge())).toSorted((a, b) => a - b)).toEqual([2, 2, 2, 2, 2, 3, 4, 5, 9]);
  expect(await list(() => forked().chain())).toEqual([2, 2, 2, 2, 3, 4, 2, 5, 9]);
  expect((await list(() => forked().zipLatest())).at(-1)).toEqual([2, 4, 9]);
});

test("a branch of a fork that falls too far behind fails, and loses nothing unseen", async () => {
  const forked = () =>
    pipe.range(20_000).fork(
      (n) => n,
      (n) => n.take(1).delay(1e9),
      (n) => n.concatMap(() => pipe.timer(1e9)),
    );
  await expect(
    list(() =>
      forked()
        .merge()
        .filter((n) => n < 0),
    ),
  ).rejects.toMatchObject({ code: "MAILBOX_FULL" });
});

test("delay, debounce, throttle, sample, timeout and chunkWith go by time", async () => {
  const clocked = <T>(made: () => Pipe<T>) => list(() => made().timestamp());
  const bursts = () => pipe.sequence("abcdefg", { timesMs: [0, 1, 2, 3, 100, 101, 102] });
  expect(await clocked(() => pipe.sequence("ab", { intervalMs: 3 }).delay(50))).toEqual([
    [50, "a"],
    [53, "b"],
  ]);
  expect(await clocked(() => bursts().debounce(10))).toEqual([
    [13, "d"],
    [112, "g"],
  ]);
  expect(await clocked(() => bursts().debounce(10, true))).toEqual([
    [0, "a"],
    [100, "e"],
  ]);
  expect((await clocked(() => pipe.range(5).throttle(2, 100))).map(([ms]) => ms)).toEqual([0, 0, 100, 100, 200]);
  expect((await clocked(() => pipe([1, 3, 9, 1]).throttle(4, 100, { cost: (n) => n }))).map(([ms]) => ms)).toEqual([
    0, 0, 100, 200,
  ]);
  expect(await clocked(() => pipe.sequence("abcd", { intervalMs: 40 }).sample(50))).toEqual([
    [50, "b"],
    [100, "c"],
  ]);
  expect(await list(() => pipe.sequence([1, 2], { intervalMs: 100 }).timeout(50, { else: "late" }))).toEqual([
    1,
    "late",
  ]);
  await expect(list(() => pipe.sequence([1, 2], { intervalMs: 100 }).timeout(50))).rejects.toMatchObject({
    code: "TIMEOUT",
  });
  expect(await list(() => pipe.sequence("abcd", { timesMs: [1, 2, 25, 31] }).chunkWith(10))).toEqual([
    ["a", "b"],
    [],
    ["c"],
    ["d"],
  ]);
  expect(await list(() => pipe.sequence("abcd", { timesMs: [1, 2, 25, 31] }).chunkWith(10, false))).toEqual([
    ["a", "b"],
    ["c"],
    ["d"],
  ]);
  expect(await list(() => pipe.timer(10).takeUntil(sleep(35)))).toEqual([10, 20, 30]);
  expect(await list(() => pipe.range(3).takeUntil([]))).toEqual([0, 1, 2]);
});

test("throttle tells on a channel when values begin to wait", async () => {
  const seen: boolean[] = [];
  await at(() =>
    op(function* () {
      const status = channel<boolean>("status");
      const told = status.values();
      yield* pipe.range(3).throttle(2, 100, { status }).list();
      yield* status.close();
      yield* told.forEach((value) => void seen.push(value));
    }),
  );
  expect(seen).toEqual([true, false]);
});

test("map calls functions here: in order or as they end, so many at once, each with its time", async () => {
  let under = 0;
  let most = 0;
  const slow = (ms: number) =>
    op(function* () {
      under += 1;
      most = Math.max(most, under);
      yield* sleep(ms);
      under -= 1;
      return ms;
    });
  expect(await list(() => pipe([3, 1, 2]).map((n) => n * 2))).toEqual([6, 2, 4]);
  expect(await list(() => pipe([30, 10, 20]).map(waits))).toEqual([30, 10, 20]);
  expect(await list(() => pipe([30, 10, 20]).map(waits, { ordered: false }))).toEqual([10, 20, 30]);
  await list(() => pipe.repeat(5, 20).map(slow, { inFlight: 4 }));
  expect(most).toBe(4);
  await expect(list(() => pipe([10, 100]).map(waits, { timeoutMs: 50 }))).rejects.toMatchObject({ code: "TIMEOUT" });
  // Results that need no waiting keep their place behind those that do.
  expect(await list(() => pipe([5, 0, 1]).map((n) => (n > 1 ? waits(n) : n)))).toEqual([5, 0, 1]);
});

test("nothing is read before somebody asks, and no more than is asked for", async () => {
  const source = numbers(100);
  const made = pipe(source.values)
    .filter((n) => n % 2 === 0)
    .map((n) => n * 10);
  expect(source.state.asked).toBe(0);
  const reader = made[Symbol.asyncIterator]();
  expect(await reader.next()).toEqual({ done: false, value: 20 });
  expect(source.state.asked).toBe(2);
  await reader.return?.();
  expect(source.state.closed).toBe(true);
});

test("a break out of for await, take, an error and a wait that is given up close the source", async () => {
  const left = numbers(10);
  for await (const n of pipe(left.values).enumerate()) if (n[1] === 3) break;
  expect(left.state).toEqual({ asked: 3, closed: true });

  const taken = numbers(10);
  expect(await list(() => pipe(taken.values).take(2))).toEqual([1, 2]);
  expect(taken.state).toEqual({ asked: 2, closed: true });

  const failing = numbers(10);
  const fails = (n: number) => {
    if (n === 4) throw new RangeError("four");
    return n;
  };
  await expect(list(() => pipe(failing.values).map(fails))).rejects.toThrow("four");
  expect(failing.state).toEqual({ asked: 4, closed: true });

  let closed = false;
  const silent = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise<never>(() => {}),
      return: async () => {
        closed = true;
        return { done: true, value: undefined } as const;
      },
    }),
  };
  await expect(at(() => pipe<number>(silent).merge([1]).list({ timeoutMs: 50 }))).rejects.toMatchObject({
    code: "TIMEOUT",
  });
  expect(closed).toBe(true);
  closed = false;
  await expect(
    at(() =>
      deadline(
        50,
        pipe<number>(silent)
          .delay(1)
          .forEach(() => {}),
      ),
    ),
  ).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(closed).toBe(true);
});

test("a call that nobody waits for any more is told by its signal", async () => {
  const signals: AbortSignal[] = [];
  const endless = (_n: number, { signal }: PipeCall) => {
    signals.push(signal);
    return new Promise<number>(() => {});
  };
  await expect(at(() => pipe.range(9).map(endless, { inFlight: 3 }).last({ timeoutMs: 20 }))).rejects.toMatchObject({
    code: "TIMEOUT",
  });
  expect(signals.map((signal) => signal.aborted)).toEqual([true, true, true]);
});

test("errors stand in the place of values, and can be read as values or end the pipe", async () => {
  const fails = (n: number) => {
    if (n % 2 === 1) throw new Error(`odd ${n}`);
    return n;
  };
  const made = () => pipe.range(4).map(fails);
  await expect(list(made)).rejects.toThrow("odd 1");
  expect(await list(() => made().errors())).toEqual([new Error("odd 1"), new Error("odd 3")]);
  expect(await list(() => made().endOnError())).toEqual([0]);
  const events = await list(() => made().events());
  expect(events.map(({ type }) => type)).toEqual(["value", "failed", "value", "failed", "done"]);
  // Also through operators that wait, and after them.
  expect(await list(() => made().delay(5).errors())).toHaveLength(2);
  expect(
    await list(() =>
      pipe
        .range(4)
        .map((n) => waits(n).then(() => fails(n)))
        .errors(),
    ),
  ).toHaveLength(2);
  expect(
    await list(() =>
      made()
        .merge(made())
        .events()
        .filter((event) => event.type === "failed"),
    ),
  ).toHaveLength(4);
  // What a source throws is its end.
  const broken = function* () {
    yield 1;
    throw new Error("broken");
  };
  expect((await list(() => pipe(broken).events())).map(({ type }) => type)).toEqual(["value", "failed", "done"]);
});

test("a pipe can be read again, and shared value by value", async () => {
  const made = pipe([1, 2, 3]).map((n) => n + 1);
  expect(await list(() => made)).toEqual([2, 3, 4]);
  expect(await list(() => made)).toEqual([2, 3, 4]);
  const steps = await at(() =>
    op(function* () {
      return [yield* made.next(), yield* made.next(), yield* made.next(), yield* made.next(), yield* made.next()];
    }),
  );
  expect(steps.map((step) => step.value)).toEqual([2, 3, 4, undefined, 2]);
});

test("channels, Web streams and forEach are ends of a pipe", async () => {
  const seen: string[] = [];
  const count = await at(() =>
    op(function* () {
      const numbers = channel<number>("numbers");
      const doubled = channel<string>("doubled");
      const told = doubled.values();
      const heard = spawn(() =>
        told.forEach(function* (value) {
          yield* sleep(1);
          seen.push(value);
        }),
      );
      const piped = spawn(() =>
        pipe(numbers)
          .map((n) => `${n * 2}`)
          .toChannel(doubled, { close: true }),
      );
      yield* sleep(1);
      for (const n of [1, 2, 3]) numbers.publish(n);
      yield* numbers.close();
      const all = yield* piped;
      yield* heard;
      return all;
    }),
  );
  expect(count).toBe(3);
  expect(seen).toEqual(["2", "4", "6"]);
  const stream = () =>
    new ReadableStream<string>({
      start(controller) {
        controller.enqueue("chunk");
        controller.close();
      },
    });
  expect(await list(() => pipe(stream))).toEqual(["chunk"]);
  await expect(list(() => pipe(7 as never))).rejects.toMatchObject({ code: "OPTION_INVALID" });
});

test("skipToLast gives a slow reader the latest value", async () => {
  const seen: number[] = [];
  await at(() =>
    pipe
      .timer(10, 10)
      .skipToLast()
      .forEach(function* (value) {
        seen.push(value);
        yield* sleep(33);
      }),
  );
  expect(seen).toEqual([10, 40, 70, 100]);
});

test("an operator of one's own is a function of a pipe", async () => {
  const twice = <T>(values: Pipe<T>) => values.concatMap((value) => [value, value]);
  expect(
    await list(() =>
      pipe("ab")
        .pipe(twice)
        .map((text) => text.toUpperCase()),
    ),
  ).toEqual(["A", "A", "B", "B"]);
  expect(
    await list(() =>
      pipe("ab").pipe(async function* (values) {
        for await (const value of values) yield `${value}!`;
      }),
    ),
  ).toEqual(["a!", "b!"]);
});

test("map through a pool gives results in order, and an item that fails is an error in its place", async () => {
  let asked: PoolMapOptions | undefined;
  const mapper = {
    map(fn: (n: number) => number, items: AnyIterable<number>, options?: PoolMapOptions) {
      asked = options;
      return pipe(items)
        .enumerate()
        .star((index, item) => {
          try {
            return { type: "returned", value: fn(item), index };
          } catch (error) {
            return { type: "failed", error, index };
          }
        });
    },
  };
  const halved = (n: number) => {
    if (n % 2 === 1) throw new Error(`odd ${n}`);
    return n / 2;
  };
  expect(await list(() => pipe([2, 4]).map(mapper, halved, { inFlight: 10 }))).toEqual([1, 2]);
  expect(asked).toEqual({ inFlight: 10, onError: "yield" });
  await expect(list(() => pipe([2, 3, 4]).map(mapper, halved))).rejects.toThrow("odd 3");
  expect(await list(() => pipe([2, 3, 4]).map(mapper, halved).errors())).toHaveLength(1);
  expect((await list(() => pipe([2, 3]).map(mapper, halved, { onError: "yield" }))).map((exit) => exit.type)).toEqual([
    "returned",
    "failed",
  ]);
});

test("a loop that a pipe's error ends closes the source", async () => {
  let isClosed = false;
  const source = function* () {
    try {
      yield 1;
      yield 2;
    } finally {
      isClosed = true;
    }
  };
  const failing = pipe(source).map((n) => {
    if (n === 1) throw new Error("not one");
    return n;
  });
  const reading = async (): Promise<void> => {
    for await (const value of failing) expect.unreachable(`${value} came`);
  };
  await expect(reading()).rejects.toThrow("not one");
  expect(isClosed).toBe(true);
});

test("an error in the place of an item goes through a pool's map in its place, and what follows is not lost", async () => {
  const given: number[] = [];
  const mapper = {
    map(fn: (n: number) => number, items: AnyIterable<number>) {
      return pipe(items)
        .enumerate()
        .star((index, item) => {
          given.push(item);
          return { type: "returned", value: fn(item), index };
        });
    },
  };
  const but = (wrong: number) => (n: number) => {
    if (n % wrong === 0) throw new Error(`not ${n}`);
    return n;
  };
  const squared = (n: number): number => n * n;
  const events = await list(() =>
    pipe([1, 2, 3, 4])
      .map(but(2))
      .map(mapper, squared)
      .events()
      .map((event) => (event.type === "value" ? event.value : event.type === "failed" ? String(event.error) : "end")),
  );
  expect(events).toEqual([1, "Error: not 2", 9, "Error: not 4", "end"]);
  expect(given).toEqual([1, 3]);
  // Far more errors than are held.
  const errors = await list(() => pipe.range(1, 1001).map(but(1)).map(mapper, squared).errors());
  expect(errors.map(String)).toEqual(Array.from({ length: 1000 }, (_, n) => `Error: not ${n + 1}`));
  await expect(list(() => pipe([1, 2, 3]).map(but(2)).map(mapper, squared))).rejects.toThrow("not 2");
});

test("long pipes of values that are there at once leave the host its turn", async () => {
  let turns = 0;
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  let nowMs = 0;
  const runtime = createRuntime({
    platform: {
      ...platform,
      now: () => (nowMs += 1),
      nextTurn: (call) => {
        turns += 1;
        platform.nextTurn(call);
      },
    },
  });
  const task = spawn(
    () =>
      pipe
        .range(100_000)
        .filter((n) => n < 0)
        .last(),
    [],
    { runtime },
  );
  await clock.settle();
  expect(await task).toBeUndefined();
  expect(turns).toBeGreaterThan(2);
});
