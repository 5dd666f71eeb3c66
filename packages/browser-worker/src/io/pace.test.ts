import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pace } from "./pace.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

function rows(perSecond: number) {
  const turn = pace(perSecond);
  const begun: number[] = [];
  const go = async (one: number, signal = new AbortController().signal): Promise<void> => {
    await turn(signal);
    begun.push(one);
  };
  return { begun, go };
}

test("a second's worth begins at once, and the others one by one in their order", async () => {
  const { begun, go } = rows(4);
  for (let one = 1; one <= 6; one += 1) void go(one);
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual([1, 2, 3, 4]);
  await vi.advanceTimersByTimeAsync(250);
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  await vi.advanceTimersByTimeAsync(250);
  expect(begun).toEqual([1, 2, 3, 4, 5, 6]);
});

test("those that are given up take nobody's turn", async () => {
  const { begun, go } = rows(1);
  await go(1);
  const stop = new AbortController();
  const given = Promise.allSettled(Array.from({ length: 100 }, () => go(2, stop.signal)));
  void go(3);
  stop.abort();
  expect((await given).every(({ status }) => status === "rejected")).toBe(true);
  await vi.advanceTimersByTimeAsync(1000);
  expect(begun).toEqual([1, 3]);
});
