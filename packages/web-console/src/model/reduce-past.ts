/** What was before this page: tasks are told one by one only while somebody looks, load reports and failures always. */
import type { ClusterEvent, NodeId, NodeLoad, ServerCounters, ServerId } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";
import { keepTask } from "./reduce-tasks.ts";
import { taskTrouble } from "./reduce-troubles.ts";
import { TaskPhase } from "./task-row.ts";

/** Busy for less of the time between two reports, a server had nothing to do. */
const UNTOLD_SHARE = 0.25;

/** A report from before the snapshot: what is known of that time by no task is known by its sum. */
export function pastLoad(
  model: ClusterModel,
  node: NodeId,
  load: NodeLoad,
  servers: readonly ServerCounters[],
  timeMs: number,
): void {
  const running = servers.reduce((sum, counters) => sum + counters.running, 0);
  model.nodes.get(node)?.lines.add(timeMs, load, running);
  for (const { server, busyMs } of servers) {
    const row = model.servers.get(server);
    if (row === undefined || row.kind === "io") continue;
    const { past } = row;
    const untoldMs = busyMs - past.busyMs - past.toldMs;
    // What runs there and was told will have its rectangle.
    if (past.timeMs > 0 && past.running === 0 && untoldMs > (timeMs - past.timeMs) * UNTOLD_SHARE) {
      // A task counts when it has ended: it may have run since before the last report.
      row.busy.addSpan(timeMs - untoldMs, timeMs);
      row.unlisted.addSpan(timeMs - untoldMs, timeMs);
    }
    past.busyMs = busyMs;
    past.timeMs = timeMs;
    past.toldMs = 0;
  }
}

/** One more or fewer of the tasks that were told runs there; one that has ended ran for `ranMs`. */
export function pastTask(model: ClusterModel, server: ServerId | undefined, change: 1 | -1, ranMs = 0): void {
  const past = server === undefined ? undefined : model.servers.get(server)?.past;
  if (past === undefined) return;
  past.running = Math.max(0, past.running + change);
  past.toldMs += ranMs;
}

/** One of the last failures that the scheduler keeps. It may have been told, or be told once more with the events. */
export function pastFailure(model: ClusterModel, event: ClusterEvent): void {
  if (event.type !== "task.exited") return;
  const phase = model.tasks.row(event.task)?.phase;
  if (phase === TaskPhase.failed || phase === TaskPhase.lost) return;
  keepTask(model, event);
  taskTrouble(model, event);
}

/** A process of that server took the place of one that had died. */
export function pastReplaced(model: ClusterModel, server: ServerId): void {
  const row = model.servers.get(server);
  if (row !== undefined) row.replaced += 1;
}
