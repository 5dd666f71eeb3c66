import fc from "fast-check";
import { expect, test } from "vitest";
import { durationText, utcText } from "./utc-text.ts";

test("a time is written as the calendar has it", () => {
  fc.assert(
    fc.property(fc.integer({ min: -30_000_000_000_000, max: 250_000_000_000_000 }), (ms) => {
      const [date, clock] = new Date(ms).toISOString().split(/[T.]/);
      expect(utcText(ms)).toBe(`${date} ${clock} UTC`);
    }),
  );
});

test("a length of time is written in the unit that people would take", () => {
  expect([3000, 90_000, 7_200_000, 172_800_000].map(durationText)).toEqual(["3 s", "2 min", "2 h", "2 days"]);
});
