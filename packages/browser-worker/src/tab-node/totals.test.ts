import { expect, test } from "vitest";
import { Totals, workedMs } from "./totals.ts";

test("what servers did that are gone stays counted", () => {
  const totals = new Totals<number>();
  const did = (done: number) => ({ done, failed: 1, busyMs: done * 10 });
  expect(totals.take(new Map())).toEqual({ done: 0, failed: 0, busyMs: 0 });
  expect(
    totals.take(
      new Map([
        [1, did(2)],
        [2, did(5)],
      ]),
    ),
  ).toEqual({ done: 7, failed: 2, busyMs: 70 });
  expect(totals.take(new Map([[1, did(3)]]))).toEqual({ done: 8, failed: 2, busyMs: 80 });
  // The same number again is another server, when it has done less.
  expect(totals.take(new Map([[1, did(1)]]))).toEqual({ done: 9, failed: 3, busyMs: 90 });
  expect(totals.take(new Map([[1, did(1)]]))).toEqual({ done: 9, failed: 3, busyMs: 90 });
});

test("a server that computes has worked until now, one whose tasks wait has not", () => {
  const stands = { busyMs: 100, running: 1, sinceMs: 5000 };
  expect(workedMs({ ...stands, kind: "cpu" }, 7000)).toBe(2100);
  expect(workedMs({ ...stands, kind: "cpu", running: 0 }, 7000)).toBe(100);
  expect(workedMs({ ...stands, kind: "io" }, 7000)).toBe(0);
});
