import type { TaskId } from "@skein/runtime";
import { expect, test } from "vitest";
import { SPAN_LIMIT, SpanLog } from "./span-log.ts";

/** Rectangles of half a second each, one a second. */
function filled(count: number): SpanLog {
  const log = new SpanLog();
  for (let n = 0; n < count; n += 1) add(log, n * 1000 + 500);
  return log;
}
const add = (log: SpanLog, endMs: number): void =>
  log.add({ server: 0, fn: 0, startMs: endMs - 500, endMs, exit: 0, task: "t" as TaskId });
function endsAfter(log: SpanLog, sinceMs: number): readonly number[] {
  const ends: number[] = [];
  log.each(sinceMs, (_server, _fn, _startMs, endMs) => ends.push(endMs));
  return ends;
}

test("one that ended long ago hides none of the others, wherever it comes among them", () => {
  const log = filled(600);
  const all = Array.from({ length: 560 }, (_, n) => (599 - n) * 1000 + 500);
  expect(endsAfter(log, 40_000)).toEqual(all);
  add(log, 20_000);
  expect(endsAfter(log, 40_000)).toEqual(all);
  add(log, 700_000);
  expect(endsAfter(log, 40_000)).toEqual([700_000, ...all]);
});

test("when the oldest make room, those that are left are all found", () => {
  for (const more of [0, 1, 100, 256, 300]) {
    const log = filled(SPAN_LIMIT + more);
    expect(endsAfter(log, 0)).toHaveLength(SPAN_LIMIT);
    expect(endsAfter(log, (SPAN_LIMIT + more - 1000) * 1000)).toHaveLength(1000);
  }
  const late = filled(SPAN_LIMIT - 1);
  add(late, 1e12);
  for (let n = 0; n < SPAN_LIMIT - 1; n += 1) add(late, 1);
  expect(endsAfter(late, 1e11)).toEqual([1e12]);
  add(late, 1);
  expect(endsAfter(late, 1e11)).toEqual([]);
});
