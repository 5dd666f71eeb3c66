/** The piece of time that the stream shows, and how it is moved and zoomed. Pure. */

/** Shortest and longest pieces: a hundredth of a second is where a rectangle of one task fills the screen. */
export const LEAST_SPAN_MS = 10;
export const MOST_SPAN_MS: number = 30 * 60_000;
export const FIRST_SPAN_MS = 60_000;

export interface TimeWindow {
  readonly spanMs: number;
  /** Where it ends, in milliseconds since 1970; undefined: now, and it moves on. */
  readonly untilMs: number | undefined;
}

export const clampSpan = (spanMs: number): number => Math.min(MOST_SPAN_MS, Math.max(LEAST_SPAN_MS, spanMs));

/** Makes the piece `factor` times as long; what is at `share` of it (0 left, 1 right) stays where it is. */
export function zoom(window: TimeWindow, factor: number, share: number, nowMs: number): TimeWindow {
  const spanMs = clampSpan(window.spanMs * factor);
  const endMs = window.untilMs ?? nowMs;
  const fixedMs = endMs - window.spanMs * (1 - share);
  // While it follows the present, the present stays at the right.
  if (window.untilMs === undefined) return { spanMs, untilMs: undefined };
  return { spanMs, untilMs: Math.min(nowMs, fixedMs + spanMs * (1 - share)) };
}

/** Moves it by a share of its length, to the right where that is positive; at the present it follows that again. */
export function pan(window: TimeWindow, share: number, nowMs: number): TimeWindow {
  const untilMs = (window.untilMs ?? nowMs) + share * window.spanMs;
  return untilMs >= nowMs ? { ...window, untilMs: undefined } : { ...window, untilMs };
}

const STEPS_MS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
];

/** Times for the marks of an axis, about `most` of them, at round steps of the clock shown. */
export function ticks(startMs: number, endMs: number, most: number): readonly number[] {
  const least = (endMs - startMs) / Math.max(1, most);
  const step = STEPS_MS.find((one) => one >= least) ?? 1_800_000;
  const marks: number[] = [];
  for (let at = Math.ceil(startMs / step) * step; at <= endMs; at += step) marks.push(at);
  return marks;
}
