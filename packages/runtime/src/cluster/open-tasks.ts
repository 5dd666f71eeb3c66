/** Which tasks a job's events leave open, to be told again to somebody who begins to watch. Pure. */
import { type TaskId } from "../ids.ts";
import { type ClusterEvent, type ClusterEventBody } from "./events.ts";

type Of<Type extends ClusterEvent["type"]> = Extract<ClusterEvent, { readonly type: Type }>;

interface Open {
  created: Of<"task.created"> | undefined;
  started: Of<"task.started"> | undefined;
}

/** The events that created and started the tasks that have not ended, `limit` at most: of those that run before of those that wait. */
export function openTasks(events: readonly ClusterEvent[], limit: number): readonly ClusterEventBody[] {
  const open = new Map<TaskId, Open>();
  for (const event of events) {
    if (event.type === "task.created") open.set(event.task, { created: event, started: undefined });
    else if (event.type === "task.started")
      open.set(event.task, { created: open.get(event.task)?.created, started: event });
    else if (event.type === "task.exited") open.delete(event.task);
    else if (event.type === "task.retried") {
      const task = open.get(event.task);
      if (task !== undefined) task.started = undefined;
    }
  }
  const running: ClusterEventBody[] = [];
  const waiting: ClusterEventBody[] = [];
  for (const { created, started } of open.values()) {
    const told = started === undefined ? waiting : running;
    if (created !== undefined) told.push(late(created));
    if (started !== undefined) told.push(late(started));
  }
  return [...running, ...waiting].slice(0, limit);
}

/** As it was told, with its time among its words: it gets another number. */
function late(event: Of<"task.created" | "task.started">): ClusterEventBody {
  const { seq: _seq, epoch: _epoch, timeMs, ...body } = event;
  return { ...body, atMs: timeMs };
}
