import { expect, test } from "vitest";
import { type TaskSpan, tracedFunction } from "./tracing.ts";

/** A span that counts how deep it is, and the steps done within it. */
function counting(): TaskSpan & { inside: number; steps: number } {
  const span = {
    inside: 0,
    steps: 0,
    within<T>(step: () => T): T {
      span.inside += 1;
      span.steps += 1;
      try {
        return step();
      } finally {
        span.inside -= 1;
      }
    },
    ended() {},
  };
  return span;
}

test("each step of a generator function is within its task's span, what it is sent, thrown and cleans up too", () => {
  const span = counting();
  const seen: unknown[] = [];
  const fn = tracedFunction(function* (...args): Generator<unknown, unknown, unknown> {
    seen.push([args, span.inside]);
    try {
      seen.push([yield "first", span.inside]);
      try {
        yield "second";
      } catch (error) {
        seen.push([error, span.inside]);
      }
      return yield "third";
    } finally {
      seen.push(["finally", span.inside]);
    }
  }, span);
  // A generator function gives a generator.
  const steps = fn(1, 2) as Generator<unknown, unknown, unknown>;
  expect(steps.next()).toEqual({ done: false, value: "first" });
  expect(steps.next("sent")).toEqual({ done: false, value: "second" });
  expect(steps.throw("thrown")).toEqual({ done: false, value: "third" });
  expect(steps.return("over")).toEqual({ done: true, value: "over" });
  expect(seen).toEqual([
    [[1, 2], 1],
    ["sent", 1],
    ["thrown", 1],
    ["finally", 1],
  ]);
  expect(span.steps).toBe(4);
});

test("other functions are called within it, and give what they give", async () => {
  const span = counting();
  expect(tracedFunction((n) => [n, span.inside], span)(1)).toEqual([1, 1]);
  expect(await tracedFunction(async (n) => [n, span.inside], span)(2)).toEqual([2, 1]);
  // What is no task stays what it is, for whoever says so.
  const none = async function* () {};
  expect(tracedFunction(none, span)).toBe(none);
});
