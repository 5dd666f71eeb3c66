/** How what goes wrong gets into the list of last errors. */
import type { ClusterEvent } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";

type Of<Type extends ClusterEvent["type"]> = Extract<ClusterEvent, { readonly type: Type }>;

const NO_TASK = { attempt: undefined, task: undefined } as const;

export function nodeTrouble(model: ClusterModel, event: Of<"node.lost">): void {
  const { timeMs, node, error } = event;
  model.troubles.add({
    timeMs,
    kind: "node",
    what: node.name,
    error,
    job: undefined,
    server: undefined,
    ...NO_TASK,
  });
}

export function serverTrouble(model: ClusterModel, event: Of<"server.lost">): void {
  const { timeMs, server, error, job } = event;
  model.troubles.add({ timeMs, kind: "server", what: server.id, error, job, server: server.id, ...NO_TASK });
}

export function retryTrouble(model: ClusterModel, event: Of<"task.retried">): void {
  const { timeMs, fn, error, job, server, attempt, task } = event;
  model.troubles.add({ timeMs, kind: "retry", what: fn, error, job, server, attempt, task });
}

/** Only of tasks that failed or were lost. */
export function taskTrouble(model: ClusterModel, event: Of<"task.exited">): void {
  const { timeMs, fn, error, job, server, attempt, exit, task } = event;
  if (error === undefined || (exit !== "failed" && exit !== "lost")) return;
  // Kept by the scheduler and among the events of before: it is one.
  const known = model.troubles.values.some(
    (one) => one.kind === "task" && one.task === task && one.attempt === attempt,
  );
  if (known) return;
  model.troubles.add({ timeMs, kind: "task", what: fn, error, job, server, attempt, task });
}
