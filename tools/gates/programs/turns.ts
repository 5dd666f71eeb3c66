/** Runs 100,000 ready tasks and measures how long the host waits for its turn; the same in Node and in a page. */
import { createRuntime, spawn, type Steps, type TaskContext } from "../../../packages/runtime/src/index.ts";
import type { Platform } from "../../../packages/runtime/src/platform.ts";

const TASKS = 100_000;
const ROUNDS = 20;

function* busy(task: TaskContext): Steps<number> {
  let work = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    // Some tens of microseconds now and then, as real steps take.
    for (let n = round % 7 === 0 ? 2000 : 50; n > 0; n -= 1) work = (work * 31 + n) | 0;
    yield* task.pause();
  }
  return work;
}

/**
 * The longest time between two turns of the host's event loop, in milliseconds. Of several clocks the one counts that
 * saw least of a turn: one counts the time other processes take, one the thread's own in coarse ticks.
 */
export async function longestTurnMs(platform: Platform, clocks: readonly (() => number)[]): Promise<number> {
  const runtime = createRuntime({ platform });
  for (let n = 0; n < TASKS; n += 1) spawn(busy, [], { runtime });
  const state = { done: false };
  const done = Promise.resolve(runtime.join()).then(() => (state.done = true));
  // A message of the program's own that wants to be handled: timers of pages are late for reasons of their own.
  const channel = new MessageChannel();
  const hostTurn = (): Promise<void> =>
    new Promise((resolve) => {
      channel.port1.addEventListener("message", () => resolve(), { once: true });
      channel.port1.start();
      channel.port2.postMessage(0);
    });
  let longest = 0;
  let lastMs = clocks.map((clock) => clock());
  while (!state.done) {
    await hostTurn();
    const nowMs = clocks.map((clock) => clock());
    longest = Math.max(longest, Math.min(...nowMs.map((ms, index) => ms - (lastMs[index] ?? ms))));
    lastMs = nowMs;
  }
  await done;
  channel.port1.close();
  return longest;
}
