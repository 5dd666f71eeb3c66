/** What a task does now, by its flags: the context of a server's task says something else by `state`. */
import type { TaskCell } from "./cell.ts";
import * as flag from "./flags.ts";
import { running } from "./running.ts";
import type { TaskState } from "./types.ts";

export function stateOf(cell: TaskCell): TaskState {
  const { flags } = cell;
  if ((flags & flag.ENDED) !== 0) return "ended";
  if ((flags & flag.BODY_ENDED) !== 0) return "ending";
  if ((flags & flag.PARKED) !== 0) return "waiting";
  if ((flags & flag.ASYNC) !== 0 && (flags & flag.FRESH) === 0) return "waiting";
  return running.cell === cell ? "running" : "ready";
}
