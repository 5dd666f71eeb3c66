import { expect, test } from "vitest";
import { bytes, counted, duration, percent, rate } from "./format.ts";

test("a length of time is told in its two largest units", () => {
  expect([0, 999, 1000, 9949, 10_400, 59_400].map(duration)).toEqual([
    "0 ms",
    "999 ms",
    "1.0 s",
    "9.9 s",
    "10 s",
    "59 s",
  ]);
  expect([60_000, 200_000, 3_599_900, 3_600_000, 7_500_000].map(duration)).toEqual([
    "1 min",
    "3 min 20 s",
    "60 min",
    "1 h",
    "2 h 5 min",
  ]);
});

test("a share is 100 % only when all is done, and 0 % only when nothing is", () => {
  expect([percent(0, 0), percent(0, 10), percent(1, 10_000), percent(9999, 10_000), percent(10, 10)]).toEqual([
    "0 %",
    "0 %",
    "1 %",
    "99 %",
    "100 %",
  ]);
});

test("amounts are short enough to read at a glance", () => {
  expect([999, 1000, 9_234_000_000].map(bytes)).toEqual(["999 B", "1 kB", "9.23 GB"]);
  expect([0, 0.853, 48.23, 1204.4].map(rate)).toEqual(["0", "0.853", "48.2", "1,204"]);
  expect([counted(1, "task"), counted(2000, "task")]).toEqual(["1 task", "2,000 tasks"]);
});
