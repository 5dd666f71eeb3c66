/** Sources for pipes: numbers, values at their times, a clock. */
import type { Flow, Run } from "./flow.ts";
import { flowOf, type Opens, type PipeSource } from "./sources.ts";
import { StageFlow } from "./stage.ts";
import { paced } from "./timing.ts";

/** When values come. */
export interface PaceOptions {
  /** Milliseconds between two values. Default 0. */
  readonly intervalMs?: number;
  /** Milliseconds after the start for each value; it ends with them. */
  readonly timesMs?: Iterable<number>;
}

const opens = <T>(open: (run: Run) => Flow<T>): Opens<T> => ({ openRun: open });

/** The values of `source` at their times. */
export function sequenced<T>(source: PipeSource<T>, { intervalMs = 0, timesMs }: PaceOptions): PipeSource<T> {
  if (intervalMs === 0 && timesMs === undefined) return source;
  return opens((run) => {
    const times = timesMs?.[Symbol.iterator]();
    const dueMs = (index: number): number | undefined => {
      if (times === undefined) return index * intervalMs;
      const step = times.next();
      return step.done === true ? undefined : step.value;
    };
    return paced(flowOf(source, run), dueMs, run);
  });
}

export const repeated = <T>(value: T, count: number): PipeSource<T> =>
  function* () {
    for (let index = 0; index < count; index += 1) yield value;
  };

export const numbers = (start: number, end: number, step: number): PipeSource<number> =>
  function* () {
    for (let index = 0; ; index += 1) {
      const value = start + index * step;
      if (step === 0 || (step > 0 ? value >= end : value <= end)) return;
      yield value;
    }
  };

/** Every `intervalMs` the milliseconds since its start. */
export function ticks(intervalMs: number, count: number): PipeSource<number> {
  const values = numbers(1, count + 1, 1);
  return opens((run) => {
    const flow = paced(flowOf(values, run), (index) => (index + 1) * intervalMs, run);
    return new StageFlow<number, number>(flow, { on: (value, out) => out.give(value * intervalMs) });
  });
}

/** A point in time: a `Date`, or milliseconds from now. */
export type PointInTime = number | { getTime(): number };

/** From `start` to `end`, every `stepMs`, that time in milliseconds since 1970. */
export function timesBetween(start: PointInTime, end: PointInTime | undefined, stepMs: number): PipeSource<number> {
  return opens((run) => {
    const nowMs = run.engine.platform.wallMs();
    const at = (point: PointInTime): number => (typeof point === "number" ? nowMs + point : point.getTime());
    // Times from now are whole steps.
    const firstMs = typeof start === "number" ? Math.ceil(at(start) / stepMs) * stepMs : at(start);
    // The last one counts.
    const endMs = end === undefined ? Number.POSITIVE_INFINITY : at(end) + 1;
    const values = numbers(firstMs, endMs, stepMs);
    return paced(flowOf(values, run), (index) => firstMs + index * stepMs - nowMs, run);
  });
}

/** The characters of an Rx marble string at their times: `-` and blanks are pauses, `|` is the end, `_` is nothing. */
export function marbles(text: string, options: PaceOptions): PipeSource<string> {
  return opens((run: Run) => {
    const flow = flowOf(sequenced(text.replaceAll("_", ""), options), run);
    return new StageFlow<string, string>(flow, {
      on: (character, out) => {
        if (character === "|") out.stop();
        else if (character !== "-" && character !== " ") out.give(character);
      },
    });
  });
}

/** Milliseconds are a clock. */
export const everyMs = (timer: PipeSource<unknown> | number): PipeSource<unknown> =>
  typeof timer === "number" ? ticks(timer, Number.POSITIVE_INFINITY) : timer;
