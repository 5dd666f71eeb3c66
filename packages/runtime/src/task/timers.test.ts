import fc from "fast-check";
import { expect, test } from "vitest";
import { Timer, TimerWheel } from "./timers.ts";
import { rounds } from "../../test/rounds.ts";

/** A timer that says when it fired. */
const noting = (fired: [name: number, tick: number][], name: number, now: () => number): Timer =>
  new Timer(() => void fired.push([name, now()]));

test("timers fire in the order of their time, those of one tick in the order in which they were set", () => {
  const wheel = new TimerWheel(0);
  const fired: [number, number][] = [];
  let now = 0;
  const delays = [5, 1, 5, 40, 1100, 40_000, 2_000_000, 5];
  for (const [name, ms] of delays.entries())
    wheel.set(
      noting(fired, name, () => now),
      now,
      ms,
    );
  while (wheel.size > 0) {
    now += Math.max(1, wheel.nextDelayMs(now) ?? 0);
    wheel.advance(now);
  }
  expect(fired.map(([name]) => name)).toEqual([1, 0, 2, 7, 3, 4, 5, 6]);
});

test("a timer beyond the wheel's span waits for its epoch", () => {
  const wheel = new TimerWheel(0);
  const fired: [number, number][] = [];
  let now = 0;
  const far = 2 ** 30 + 5000;
  wheel.set(
    noting(fired, 1, () => now),
    0,
    far,
  );
  wheel.set(
    noting(fired, 2, () => now),
    0,
    3 * far,
  );
  while (wheel.size > 0) {
    now += Math.max(1, wheel.nextDelayMs(now) ?? 0);
    wheel.advance(now);
  }
  expect(fired.map(([name]) => name)).toEqual([1, 2]);
  expect(fired[0]?.[1]).toBeGreaterThanOrEqual(far);
});

test("timers agree with a model that sorts a list", () => {
  const command = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("set" as const),
        ms: fc.oneof(fc.nat(100), fc.nat(5000), fc.nat(3_000_000), fc.double({ min: 0, max: 50, noNaN: true })),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("stop" as const), which: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("advance" as const),
        ms: fc.oneof(fc.nat(60), fc.nat(40_000), fc.nat(2_000_000)),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const wheel = new TimerWheel(0.5);
      let now = 0.5;
      const fired: number[] = [];
      const timers: Timer[] = [];
      // The model: what is set, with its tick and the order of setting.
      const model = new Map<number, number>();
      const expected: number[] = [];
      let tick = 0;
      for (const one of commands) {
        if (one.do === "set") {
          const name = timers.length;
          const timer = new Timer(() => void fired.push(name));
          timers.push(timer);
          wheel.set(timer, now, one.ms);
          model.set(name, Math.max(Math.ceil(now - 0.5 + one.ms), tick + 1));
        } else if (one.do === "stop") {
          const timer = timers[one.which % Math.max(1, timers.length)];
          if (timer !== undefined) wheel.stop(timer);
          model.delete(one.which % Math.max(1, timers.length));
        } else {
          now += one.ms;
          const until = Math.floor(now - 0.5);
          const due = [...model].filter(([, at]) => at <= until).toSorted((a, b) => a[1] - b[1] || a[0] - b[0]);
          for (const [name] of due) {
            expected.push(name);
            model.delete(name);
          }
          tick = until;
          wheel.advance(now);
        }
        expect(wheel.size).toBe(model.size);
        const delay = wheel.nextDelayMs(now);
        // It never sleeps past a timer.
        const next = Math.min(...model.values());
        if (delay !== undefined) expect(now - 0.5 + delay).toBeLessThanOrEqual(next);
      }
      expect(fired).toEqual(expected);
    }),
    { numRuns: rounds(400) },
  );
});
