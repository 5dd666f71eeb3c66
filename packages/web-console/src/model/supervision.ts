/** The supervisors of all places as trees. Pure. */
import type { Observed, SupervisedInfo, SupervisorInfo, TaskId } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";

type Supervision = Extract<Observed, { readonly topic: "supervision"; readonly gone?: never }>;

export interface SupervisorNode {
  readonly supervisor: SupervisorInfo;
  readonly at: Observed["at"];
  readonly children: readonly SupervisedNode[];
}

export interface SupervisedNode {
  readonly child: SupervisedInfo;
  /** What is below it, where it is a supervisor itself. */
  readonly below: SupervisorNode | undefined;
}

export interface SupervisionTrees {
  /** Supervisors that are below no other, in the order of their places. */
  readonly roots: readonly SupervisorNode[];
  readonly supervisors: number;
  readonly children: number;
  /** Supervisors that places left out. */
  readonly more: number;
}

export function supervisionTrees(model: ClusterModel): SupervisionTrees {
  const places = [...(model.observed.get("supervision")?.values() ?? [])].filter(
    (one): one is Supervision => one.topic === "supervision" && one.gone !== true,
  );
  const all = new Map<TaskId, { readonly supervisor: SupervisorInfo; readonly at: Observed["at"] }>();
  for (const { at, supervisors } of places) for (const one of supervisors) all.set(one.task, { supervisor: one, at });
  const placed = new Set<TaskId>();
  const nodeOf = (task: TaskId): SupervisorNode | undefined => {
    const found = all.get(task);
    // What says that it is below itself is told by a place that lies, or is between two states.
    if (found === undefined || placed.has(task)) return undefined;
    placed.add(task);
    const { supervisor, at } = found;
    const children = supervisor.children.map((child) => ({
      child,
      below: child.task === undefined ? undefined : nodeOf(child.task),
    }));
    return { supervisor, at, children };
  };
  const tops = [...all.values()].filter(
    ({ supervisor }) => supervisor.parent === undefined || !all.has(supervisor.parent),
  );
  const roots = [...tops.map(({ supervisor }) => supervisor.task), ...all.keys()].flatMap((task) => nodeOf(task) ?? []);
  return {
    roots,
    supervisors: all.size,
    children: [...all.values()].reduce((sum, { supervisor }) => sum + supervisor.children.length, 0),
    more: places.reduce((sum, { more = 0 }) => sum + more, 0),
  };
}
