import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NO_COUNTERS } from "@skein/runtime/host";
import { IDLE_HINT_MS, IdleHint } from "./idle-hint.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a program whose client is open and has nothing to do is told once what keeps it", () => {
  const said: string[] = [];
  const job = { counters: { ...NO_COUNTERS, submitted: 2, done: 1 } };
  const hint = new IdleHint(
    (text) => void said.push(text),
    () => false,
  );
  hint.add(job);
  vi.advanceTimersByTime(10 * IDLE_HINT_MS);
  expect(said).toEqual([]); // one task is open
  job.counters = { ...job.counters, failed: 1 };
  vi.advanceTimersByTime(10 * IDLE_HINT_MS);
  expect(said).toEqual([expect.stringContaining("client.close()")]);
});

test("a program with tasks of its own, or whose client is closed, is left alone", () => {
  const said: string[] = [];
  const hints = [
    new IdleHint(
      (text) => void said.push(text),
      () => true,
    ),
    new IdleHint(
      (text) => void said.push(text),
      () => false,
    ),
  ];
  hints[1]?.close();
  vi.advanceTimersByTime(10 * IDLE_HINT_MS);
  expect(said).toEqual([]);
  hints[0]?.close();
});
