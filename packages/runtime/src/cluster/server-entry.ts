/** A task that came to a server, while its client may not have heard its end. */
import { type ContextCell as TaskHandle } from "../task/task-context.ts";
import { type TaskSpan } from "./tracing.ts";
import { type RunOne } from "./words.ts";

export interface Entry {
  run: RunOne;
  /** `burst`: the client was told that it may have started. */
  state: "queued" | "burst" | "running" | "ended";
  startedMs: number;
  task: TaskHandle | undefined;
  span: TaskSpan | undefined;
}

/** Of those that run the one that came last. */
export function lastRunning(entries: Iterable<Entry>): Entry | undefined {
  let last: Entry | undefined;
  for (const entry of entries) if (entry.state === "running") last = entry;
  return last;
}
