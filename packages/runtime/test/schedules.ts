/** For tests: random schedules of the ready queue, drawn by fast-check, on virtual time. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Steps } from "../src/contracts/operation.ts";
import type { TaskContext } from "../src/task/context.ts";
import { replaceDefaultEngine } from "../src/task/default-engine.ts";
import { createRuntime, type Runtime } from "../src/task/runtime.ts";
import { sleep } from "../src/task/sleep.ts";
import { virtualPlatform } from "../src/testing/virtual-platform.ts";
import { rounds } from "./rounds.ts";

/** `npm run gates -- task-schedules` asks for 10,000. */
const RUNS = Number((typeof process === "undefined" ? undefined : process.env["SKEIN_SCHEDULES"]) ?? rounds(300));
export const HOUR_MS = 3_600_000;

/** Decisions of a run, drawn before it: when they are used up, they begin anew. */
export class Choices {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** 0 to `below` − 1. */
  pick(below: number): number {
    const number = this.#numbers[this.#next % this.#numbers.length] ?? 0;
    this.#next += 1;
    return (number + this.#next) % below;
  }
}

export const choices: fc.Arbitrary<Choices> = fc
  .array(fc.nat(1000), { minLength: 5, maxLength: 60 })
  .map((numbers) => new Choices(numbers));

/** Runs `body` in a runtime of its own on virtual time, an hour of it, and then nothing may be left. */
export async function inRuntime(body: (runtime: Runtime) => void): Promise<void> {
  const platform = virtualPlatform();
  const runtime = createRuntime({ platform });
  // For what is made outside of tasks: channels.
  const before = replaceDefaultEngine(runtime.engine);
  body(runtime);
  await platform.clock.advance(HOUR_MS);
  replaceDefaultEngine(before);
  expect(runtime.dump()).toBe("");
  expect(runtime.engine.timers.size).toBe(0);
  expect(platform.unhandled).toEqual([]);
}

/** Gives way in one of the ways there are, or goes on. */
export function* maybeWait<M>(task: TaskContext<M>, choose: Choices): Steps<void> {
  switch (choose.pick(4)) {
    case 0:
      return;
    case 1:
      yield* task.pause();
      return;
    case 2:
      yield* sleep(choose.pick(3));
      return;
    default:
      yield* task.sleep(choose.pick(2));
  }
}

/** Half of the runs draw the same schedules each time, the others new ones; a failure prints its seed. */
export async function checkSchedules<T>(property: fc.IAsyncProperty<T>): Promise<void> {
  const numRuns = Math.ceil(RUNS / 2);
  await fc.assert(property, { numRuns, seed: 20_261_120 });
  await fc.assert(property, { numRuns });
}
