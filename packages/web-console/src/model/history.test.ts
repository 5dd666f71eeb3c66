import type { TaskId } from "@skein/runtime";
import { expect, test } from "vitest";
import { HISTORY_SECONDS, SecondHistory } from "./history.ts";
import { SPAN_LIMIT, SpanLog } from "./span-log.ts";

test("a rate is the mean of the whole seconds before now", () => {
  const history = new SecondHistory();
  for (let second = 100; second < 110; second += 1) history.add(second * 1000 + 500, 20);
  history.add(110_200, 999);
  expect(history.ratePerSecond(110_900, 5)).toBe(20);
  expect(history.ratePerSecond(112_900, 5)).toBe((999 + 3 * 20) / 5);
});

test("seconds in which nothing came are empty, also after a long silence", () => {
  const history = new SecondHistory();
  history.add(1000, 5);
  history.add(1000 + HISTORY_SECONDS * 3000, 7);
  expect(history.at(1)).toBe(0);
  expect(history.at(1 + HISTORY_SECONDS * 3)).toBe(7);
  expect(history.ratePerSecond((2 + HISTORY_SECONDS * 3) * 1000, HISTORY_SECONDS)).toBe(7 / HISTORY_SECONDS);
});

test("a time before the kept seconds is left out", () => {
  const history = new SecondHistory();
  history.add(HISTORY_SECONDS * 2000, 1);
  history.add(1000, 100);
  expect(history.ratePerSecond(HISTORY_SECONDS * 2000 + 1000, HISTORY_SECONDS)).toBe(1 / HISTORY_SECONDS);
});

test("a span is spread over the seconds it lies in", () => {
  const history = new SecondHistory();
  history.addSpan(10_250, 12_500);
  expect([9, 10, 11, 12, 13].map((second) => history.at(second))).toEqual([0, 750, 1000, 500, 0]);
});

test("a span log gives the rectangles since a time, newest first, and forgets the oldest", () => {
  const log = new SpanLog();
  // An id in its usual form.
  const task = `t_${"1".padStart(26, "0")}` as TaskId;
  for (let at = 0; at < SPAN_LIMIT + 10; at += 1)
    log.add({ server: 1, fn: 2, startMs: at, endMs: at + 1, exit: 0, task });
  const ends: number[] = [];
  log.each(SPAN_LIMIT + 8, (_server, _fn, _start, end) => ends.push(end));
  expect(ends).toEqual([SPAN_LIMIT + 10, SPAN_LIMIT + 9, SPAN_LIMIT + 8]);
  let count = 0;
  log.each(0, () => (count += 1));
  expect([count, log.keptSinceMs]).toEqual([SPAN_LIMIT, 11]);
});
