import { expect, test } from "vitest";
import { LEAST_SPAN_MS, MOST_SPAN_MS, pan, ticks, zoom } from "./time-window.ts";

const NOW = 1_000_000;

test("zooming keeps what the pointer is on where it is", () => {
  const closer = zoom({ spanMs: 1000, untilMs: 500_000 }, 0.5, 0.25, NOW);
  expect(closer).toEqual({ spanMs: 500, untilMs: 499_625 });
  expect(zoom(closer, 2, 0.25, NOW)).toEqual({ spanMs: 1000, untilMs: 500_000 });
});

test("while it follows the present, the present stays at its end", () => {
  expect(zoom({ spanMs: 1000, untilMs: undefined }, 3, 0.1, NOW)).toEqual({ spanMs: 3000, untilMs: undefined });
  expect(zoom({ spanMs: 1000, untilMs: undefined }, 1e9, 0.1, NOW).spanMs).toBe(MOST_SPAN_MS);
  expect(zoom({ spanMs: 1000, untilMs: undefined }, 1e-9, 0.1, NOW).spanMs).toBe(LEAST_SPAN_MS);
});

test("moved to the left it holds still, moved back to the present it follows that again", () => {
  const held = pan({ spanMs: 1000, untilMs: undefined }, -0.5, NOW);
  expect(held).toEqual({ spanMs: 1000, untilMs: NOW - 500 });
  expect(pan(held, 0.6, NOW)).toEqual({ spanMs: 1000, untilMs: undefined });
});

test("marks of the axis are at round times", () => {
  expect(ticks(12_345, 72_345, 4)).toEqual([15_000, 30_000, 45_000, 60_000]);
  expect(ticks(0, 40, 5)).toEqual([0, 10, 20, 30, 40]);
});
