/** Decides what a supervisor does about a child that ended. Pure: give it the clock's reading. */
import type { Exit } from "../contracts/exit.ts";

/** Which children are started again when one has to be. */
export type Strategy = "one-for-one" | "one-for-all" | "rest-for-one";

/** When a child is started again: whenever it ends, when it failed or was lost, or never. */
export type Restart = "always" | "on-failure" | "never";

/** Every {@link Strategy}. */
export const STRATEGIES: readonly Strategy[] = ["one-for-one", "one-for-all", "rest-for-one"];
/** Every {@link Restart}. */
export const RESTARTS: readonly Restart[] = ["always", "on-failure", "never"];

/** More restarts than this within the time, and the supervisor gives up. */
export interface Intensity {
  readonly restarts: number;
  readonly withinMs: number;
}

/** Longest back-off, in milliseconds: a child that comes up again is wanted soon. */
export const BACKOFF_MOST_MS = 60_000;

/** Whether a child that ended so is to be started again. */
export function wantsRestart(restart: Restart, exit: Exit<unknown>): boolean {
  switch (restart) {
    case "always":
      return true;
    case "never":
      return false;
    case "on-failure":
      // Cancelled by a failure of its own child counts as failed.
      return (
        exit.type === "failed" || exit.type === "lost" || (exit.type === "cancelled" && exit.reason instanceof Error)
      );
    default:
      return restart satisfies never;
  }
}

/** The children of `count` to stop and start again because child `index` has to be, in the order of starting. */
export function restartGroup(strategy: Strategy, index: number, count: number): readonly number[] {
  const all = Array.from({ length: count }, (_, child) => child);
  switch (strategy) {
    case "one-for-one":
      return [index];
    case "one-for-all":
      return all;
    case "rest-for-one":
      return all.slice(index);
    default:
      return strategy satisfies never;
  }
}

/** When restarts happened, oldest first; those that no longer count are dropped. */
export type RestartTimes = readonly number[];

/** Counts one more restart; `undefined` when that is one too many. */
export function countRestart(
  times: RestartTimes,
  nowMs: number,
  { restarts, withinMs }: Intensity,
): RestartTimes | undefined {
  const counted = [...times.filter((time) => nowMs - time < withinMs), nowMs];
  return counted.length > restarts ? undefined : counted;
}

/** How long to wait before a child is started for the `nth` time in a row (1 is the first restart). */
export function backoffFor(backoffMs: number, nth: number): number {
  return backoffMs <= 0 ? 0 : Math.min(backoffMs * 2 ** Math.min(nth - 1, 30), BACKOFF_MOST_MS);
}
