import { expect, test } from "vitest";
import type { Link } from "../contracts/link.ts";
import { POOL_ASYNC_QUEUE, POOL_WORKER_BYTES } from "../defaults.ts";
import { Codec } from "../wire/codec.ts";
import { Lane } from "./lane.ts";
import { MapPortion, type MapOfPortions } from "./map-portion.ts";
import { PoolWord } from "./pool-word.ts";
import type { PoolFunction } from "./portion.ts";
import { decodePoolFrame, encodePoolFrame, type PoolEntry, poolEntry } from "./words.ts";

/** A lane, and what its worker is sent and says. The link is full while `isFull`. */
function openLane(queueSize?: number, state: { isFull: boolean; threw?: () => void } = { isFull: false }) {
  const codec = new Codec();
  const sent: PoolEntry[] = [];
  const { promise: closed, resolve: cut } = Promise.withResolvers<undefined>();
  const { promise: drained, resolve: drain } = Promise.withResolvers<void>();
  let kills = 0;
  let hear: (frame: Uint8Array) => void = () => undefined;
  const link: Link = {
    transport: "test",
    closed,
    send: (frame) => {
      sent.push(...decodePoolFrame(codec, frame));
      return !state.isFull;
    },
    receive: (onFrame) => void (hear = onFrame),
    drained: () => drained,
    pause: () => undefined,
    resume: () => undefined,
    close: () => undefined,
    abort: () => undefined,
  };
  const { promise: exited, resolve: exit } = Promise.withResolvers<string>();
  const kill = (): void => {
    kills += 1;
    exit("it was ended");
  };
  const process = { link, name: "test", exited, kill };
  const lane = new Lane(process, queueSize, new Codec(), {
    now: () => 0,
    codeOf: () => "f",
    heard: () => undefined,
    threw: () => state.threw?.(),
    lost: () => undefined,
  });
  const say = (...entries: PoolEntry[]): void => hear(encodePoolFrame(codec, entries));
  const cutLink = async (): Promise<number> => {
    cut(undefined);
    await closed;
    await Promise.resolve();
    return kills;
  };
  return { lane, sent, say, hear: (frame: Uint8Array) => hear(frame), cutLink, drain };
}

const newFunction = (): PoolFunction => ({
  id: 1,
  name: "f",
  codes: new Map(),
  tookCalls: 0,
  tookMs: 0,
  isAsync: false,
  callBytes: 0,
});

function newMap(itemTimeoutMs?: number) {
  const again: MapPortion[] = [];
  const failed: number[] = [];
  const errors: Error[] = [];
  const done: unknown[] = [];
  const map: MapOfPortions = {
    settings: { word: PoolWord.each, retries: 2, itemTimeoutMs },
    sentAs: () => undefined,
    cameAs: () => undefined,
    done: (_results, first, values) => void done.push([first, ...values]),
    failed: (_results, index, error) => {
      failed.push(index);
      errors.push(error);
    },
    again: (portion) => void again.push(portion),
    gone: () => undefined,
    sent: () => undefined,
  };
  const portionOf = (fn: PoolFunction, items: readonly unknown[]): MapPortion =>
    new MapPortion(map, fn, { first: 0, size: items.length, values: [], taken: 0 }, 0, items, 0);
  return { again, done, failed, errors, map, portionOf };
}

/** Gives calls while there is room, each batch of which begins to wait at once; how many wait in the end. */
function fill(queueSize: number | undefined, computesMs: number): number {
  const { lane, say } = openLane(queueSize);
  const fn = newFunction();
  const { portionOf } = newMap();
  for (let batch = 1; lane.hasRoom && batch < 1000; batch += 1) {
    const count = lane.portionOf(fn, 1000);
    lane.give(
      portionOf(
        fn,
        Array.from({ length: count }, () => 1),
      ),
    );
    say(poolEntry([PoolWord.took, fn.id, count, count * computesMs, 1, batch], []));
  }
  return lane.calls;
}

test("so many async calls wait at a worker as its queue holds, however long they computed before", () => {
  for (const computesMs of [0, 0.01, 1, 10]) {
    expect([computesMs, fill(undefined, computesMs)]).toEqual([computesMs, POOL_ASYNC_QUEUE]);
    expect([computesMs, fill(200, computesMs)]).toEqual([computesMs, 200]);
    expect([computesMs, fill(3, computesMs)]).toEqual([computesMs, 3]);
  }
});

test("while async calls compute, no more of them go to a worker than keep it busy", () => {
  const { lane } = openLane();
  const fn = { ...newFunction(), isAsync: true, tookCalls: 2, tookMs: 20 };
  const { portionOf } = newMap();
  expect(lane.portionOf(fn, 1000)).toBe(1);
  lane.give(portionOf(fn, [1]));
  expect(lane.hasRoom).toBe(false);
});

test("what a worker gives back is sent again, while those before it still wait there", () => {
  const { lane, say } = openLane();
  const fn = { ...newFunction(), isAsync: true };
  const { again, done, portionOf } = newMap();
  lane.give(portionOf(fn, [0, 1, 2, 3, 4]));
  say(poolEntry([PoolWord.done, 1, 1], ["one"]), poolEntry([PoolWord.back, 1, 3, 2], []));
  expect(again.map((portion) => portion.values)).toEqual([[3, 4]]);
  expect(lane.calls).toBe(2);
  say(poolEntry([PoolWord.done, 1, 2], ["two"]), poolEntry([PoolWord.done, 1, 0], ["zero"]));
  expect(done).toEqual([
    [1, "one"],
    [2, "two"],
    [0, "zero"],
  ]);
  expect(lane.calls).toBe(0);
});

test("an item that ends just as its time does is told once", () => {
  const { lane, say } = openLane();
  const fn = { ...newFunction(), isAsync: true };
  const { again, done, failed, portionOf } = newMap(60);
  const portion = portionOf(fn, [0, 1, 2, 3]);
  lane.give(portion);
  say(poolEntry([PoolWord.done, 1, 1], ["one"]));
  portion.endLate(100, 60);
  // These were on their way.
  say(poolEntry([PoolWord.done, 1, 0], ["zero"]), poolEntry([PoolWord.failed, 1, 2], [new Error("two")]));
  say(poolEntry([PoolWord.back, 1, 3, 1], []));
  expect([done, failed, again]).toEqual([[[1, "one"]], [0, 2, 3], []]);
  expect(lane.calls).toBe(0);
});

test("a worker is given more once what was cancelled there has ended, however", () => {
  const { lane, say } = openLane();
  const fn = { ...newFunction(), isAsync: true, tookCalls: 100, tookMs: 1 };
  const { portionOf } = newMap();
  const portion = portionOf(fn, [0, 1]);
  lane.give(portion);
  lane.flush();
  lane.cancel(portion, 0);
  expect(lane.hasRoom).toBe(false);
  say(poolEntry([PoolWord.done, 1, 0], ["it had ended already"]));
  expect(lane.hasRoom).toBe(true);
});

test("a worker that can't be heard any more is ended, unless it was let go", async () => {
  expect(await openLane().cutLink()).toBe(1);
  const { lane, cutLink } = openLane();
  lane.leave();
  expect(await cutLink()).toBe(1); // by leave, which this process has no other way for
});

test("a worker gets no more while what it has takes many bytes, or its link is full", async () => {
  const { lane, say } = openLane();
  const fn = { ...newFunction(), tookCalls: 1000, tookMs: 1 };
  const { portionOf } = newMap();
  const large = new Uint8Array(POOL_WORKER_BYTES / 2);
  const give = (item: unknown): void => {
    lane.give(portionOf(fn, [item]));
    lane.flush();
  };
  give(large);
  expect(lane.hasRoom).toBe(true);
  give(large);
  expect(lane.hasRoom).toBe(false);
  say(poolEntry([PoolWord.done, 1, 0], ["one"]));
  expect(lane.hasRoom).toBe(true);
  const slow = openLane(undefined, { isFull: true });
  for (const item of [1, 2]) slow.lane.give(portionOf(fn, [item]));
  slow.lane.flush();
  expect(slow.lane.hasRoom).toBe(false);
  slow.drain();
  await Promise.resolve();
  await Promise.resolve();
  expect(slow.lane.hasRoom).toBe(true);
});

test("of items that are too many bytes together so many go as may, and the others back", () => {
  const { lane, sent } = openLane();
  const fn = { ...newFunction(), tookCalls: 1000, tookMs: 1 };
  const { again, failed, portionOf } = newMap();
  const large = new Uint8Array(POOL_WORKER_BYTES / 2);
  const bad = (): number => 1;
  lane.give(portionOf(fn, [1, bad, large, large, large, 2]));
  lane.flush();
  expect(failed).toEqual([1]);
  const short = (values: readonly unknown[]) => values.map((value) => (value instanceof Uint8Array ? "large" : value));
  const calls = sent.filter(([, [word]]) => word === PoolWord.each).map(([, , values]) => short(values));
  expect(calls).toEqual([[1], ["large"], ["large"]]);
  expect(again.map(({ values }) => short(values))).toEqual([[2], ["large"]]);
  expect(lane.calls).toBe(3);
});

test("an error that can't be explained goes as it is", () => {
  const threw = (): never => {
    throw new Error("a getter of the program's class");
  };
  const { lane, say } = openLane(undefined, { isFull: false, threw });
  const { failed, errors, portionOf } = newMap();
  lane.give(portionOf(newFunction(), [0]));
  say(poolEntry([PoolWord.failed, 1, 0], [new RangeError("bad")]));
  expect([failed, errors, lane.calls]).toEqual([[0], [expect.any(RangeError)], 0]);
  expect(errors[0]?.message).toBe("bad");
});

test("what throws while a frame is taken ends the worker, and all that it has is told", async () => {
  const { lane, say, cutLink } = openLane();
  const { again, failed, done, map, portionOf } = newMap();
  const fn = newFunction();
  const other = newMap();
  lane.give(portionOf(fn, [0, 1]));
  lane.give(other.portionOf(fn, [2]));
  map.cameAs = () => {
    throw new Error("not taken");
  };
  say(poolEntry([PoolWord.done, 1, 0], ["zero"]));
  expect(lane.why?.message).toBe("not taken");
  // Each may have run, and may once more.
  expect([done, failed, again.flatMap(({ values }) => values)]).toEqual([[], [], [0, 1]]);
  expect(await cutLink()).toBeGreaterThan(0);
  expect(other.again.map(({ values }) => values)).toEqual([[2]]);
  expect(lane.calls).toBe(0);
});

test("a frame that can't be read ends the worker, and what it has is told", async () => {
  const { lane, hear, cutLink } = openLane();
  const { again, portionOf } = newMap();
  lane.give(portionOf(newFunction(), [0]));
  hear(new Uint8Array([0, 0, 0, 1, 255]));
  expect(lane.why).toMatchObject({ code: "WIRE_INVALID" });
  await cutLink();
  expect(again.map(({ values }) => values)).toEqual([[0]]);
});
