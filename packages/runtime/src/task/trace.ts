/** What `trace: true` adds to what goes wrong: who spawned the task it went wrong in. */
import type { TaskCell } from "./cell.ts";

/** Our own frames above the one that spawned. */
const SPAWNING = /startTask|spawnTask|spawnIn|(?:ContextCell|TracedCell)\.spawn|^\s*spawn@/;
/** Our own frames below a task's code. */
const STEPPING = /TracedCell\.step|\bstep@|Engine\.runRounds|runRounds@/;

/** The stack of who spawns a task now, without our own frames. */
export function callerStack(): string {
  const lines = new Error("spawned").stack?.split("\n") ?? [];
  const callers = lines.slice(lines.findLastIndex((line) => SPAWNING.test(line)) + 1);
  const ours = callers.findIndex((line) => STEPPING.test(line));
  const theirs = ours < 0 ? callers : callers.slice(0, ours);
  return theirs
    .map((line) => line.trim())
    .filter((line) => !line.endsWith(".next (<anonymous>)"))
    .join("\n");
}

/** Writes into the stack of `error`, which ends `cell`, who spawned that; one that passes several tasks names them all. */
export function noteSpawner(cell: TaskCell, error: Error): void {
  const spawnedBy = cell.more?.trace?.spawnedBy;
  if (spawnedBy === undefined) return;
  const lines = spawnedBy.split("\n").map((line) => `    ${line}`);
  try {
    error.stack = [error.stack ?? String(error), `  in task ${cell.name}, spawned`, ...lines].join("\n");
  } catch {
    // It is frozen.
  }
}
