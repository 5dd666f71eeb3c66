/** Jobs and servers as events and snapshots show them, and why a job waits. Pure. */
import { type NodeId, serverId } from "../ids.ts";
import { type ServerInfo } from "./contracts.ts";
import { type JobInfo, type JobState } from "./events.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { allows, ioServersOf } from "./scheduler-pick.ts";
import { type JobRecord, type NodeRecord, type WantRecord } from "./scheduler-records.ts";
import { othersHere, type SchedulerState } from "./scheduler-book.ts";

/** Says how a job stands when that has changed. */
export function showState(job: JobRecord, out: SchedulerAction[]): void {
  const next = stateOf(job);
  if (next === job.state) return;
  job.state = next;
  job.why = undefined;
  if (next === "waiting" || next === "active") tellState(job, next, out);
}

/** Says why a job, or a task of it, still waits, when that is something else than before. */
export function showWhy(state: SchedulerState, job: JobRecord, out: SchedulerAction[]): void {
  const why = isAway(job) ? undefined : whyWaiting(state, job);
  if (why === job.why) return;
  job.why = why;
  if (why !== undefined) tellState(job, "waiting", out);
}

/** Whether its client is awaited: it has lost its connection, or has not come back since this scheduler began. */
export const isAway = (job: JobRecord): boolean => job.awaits?.whom === "client";

export function jobInfo(job: JobRecord): JobInfo {
  const words: JobInfo = {
    id: job.id,
    name: job.name,
    // A client's key begins with its peer's id.
    client: job.client.slice(0, Math.max(0, job.client.indexOf("/"))) as JobInfo["client"],
    weight: job.weight,
    state: job.state,
    openedMs: job.openedMs,
    demand: demandOf(job),
    held: job.held,
    counters: job.counters,
  };
  if (!job.exclusive && !job.places.paused && job.priority === 0 && !isAway(job)) return words;
  return {
    ...words,
    ...(job.priority === 0 ? {} : { priority: job.priority }),
    ...(job.exclusive ? { exclusive: true } : {}),
    ...(job.places.paused ? { paused: true } : {}),
    ...(isAway(job) ? { away: true } : {}),
  };
}

export function serverInfo(node: NodeRecord, server: number, kind: "cpu" | "io"): ServerInfo {
  return { id: serverId(node.id, server), node: node.id, kind };
}

/** CPU servers the job says it could use. */
export const demandOf = ({ sums }: JobRecord): number => sums.slots;

/** Whether the job has tasks of any kind. */
export const isBusy = (job: JobRecord): boolean => wantsLanes(job) || job.ioSlots > 0;

/** Whether it has tasks that need a share of the CPU servers. */
export const wantsLanes = ({ sums }: JobRecord): boolean => sums.slots > 0;

function stateOf(job: JobRecord): JobState {
  if (job.state === "closed") return "closed";
  if (job.held > 0 || job.io.size > 0) return "active";
  return isBusy(job) && !job.muted ? "waiting" : "open";
}

/** Without a client that has opened it nobody knows what it is. */
export function tellState(job: JobRecord, state: "waiting" | "active", out: SchedulerAction[]): void {
  if (!job.wasOpened) return;
  const words = { type: `job.${state}`, job: jobInfo(job) } as const;
  out.push({ type: "event", event: job.why === undefined ? words : { ...words, why: job.why } });
}

const LEFT_OUT = "every node has refused it, or had its servers ended by it: they are tried again";

function whyWaiting(state: SchedulerState, job: JobRecord): string | undefined {
  if (job.muted || job.places.paused || !isBusy(job)) return undefined;
  if (!state.intakeOpen) return "the cluster's intake is paused";
  const wants = [...job.cpu.values(), ...job.ioWants.values()].filter(
    (want) => want.slots > 0 && want.held === 0 && (want.kind === "cpu" || ioServersOf(job, want, 1) === 0),
  );
  if (state.nodes.size === 0) return wants.find(({ place }) => place?.lack)?.place?.lack ?? "no node has joined";
  const { alone } = state;
  if (alone === job) {
    const others = othersHere(state, job);
    if (others > 0) return `it runs alone once others have given back ${others} ${others === 1 ? "server" : "servers"}`;
  } else if (alone !== undefined) return `job ${alone.name || alone.id} runs alone`;
  for (const want of wants) {
    const why = whyNone(state, want);
    if (why !== undefined) return why;
  }
  if (state.exclusive.has(job) && !job.hasPlace) return "it may use no server that is here";
  if (job.vain) return "nothing took its tasks when it ran alone: it tries again later";
  if (job.held > 0 || job.io.size > 0) return undefined;
  if (job.avoids.size > 0 && [...state.nodes.keys()].every((node) => job.avoids.has(node))) return LEFT_OUT;
  return "the servers it may use are taken";
}

/** Why none of the nodes that are here will do for the want, where that is so. */
function whyNone(state: SchedulerState, want: WantRecord): string | undefined {
  const { place, job } = want;
  if (place === undefined) {
    const all = [...state.nodes.values()].filter(({ info }) => want.kind === "cpu" || info.kind !== "tab");
    if (all.length === 0)
      return 'only tabs have joined, and an I/O task goes to one only where it asks for that: at: "tab"';
    return all.every(({ hold }) => hold !== undefined) ? "what takes tasks is paused or closed" : undefined;
  }
  const { text } = place;
  if (place.nodes !== undefined) {
    const here = nodesFor(state, want, place.nodes);
    if (here.length === 0) return place.lack ?? `no node here takes tasks ${text}`;
    if (here.every(({ hold }) => hold !== undefined)) return `what takes tasks ${text} is paused or closed`;
    if (here.every(({ suspected, away }) => suspected || away !== undefined)) {
      return `what takes tasks ${text} does not answer at present`;
    }
    if (here.every(({ id }) => job.avoids.has(id))) {
      return `what takes tasks ${text} has refused them, or had its servers ended by them: it is tried again`;
    }
  }
  return lacksMemory(state, want) ? `no node here has the memory for tasks ${text}` : undefined;
}

/** The nodes that will do and are here. */
function nodesFor(state: SchedulerState, want: WantRecord, nodes: ReadonlyMap<NodeId, number>): readonly NodeRecord[] {
  const server = want.kind === "io" ? 1 : (want.place?.server ?? 1);
  return Array.from(nodes.keys()).flatMap((id) => {
    const node = state.nodes.get(id);
    const isHere = node !== undefined && allows(want, id) && (want.kind === "io" || server <= node.lanes.length);
    return isHere ? [node] : [];
  });
}

/** Whether every node that will do has too little memory free, by its last report. */
function lacksMemory(state: SchedulerState, want: WantRecord): boolean {
  const memory = want.place?.memoryBytes;
  if (memory === undefined) return false;
  for (const lease of want.job.io.values()) if (lease.want === want) return false;
  const nodes = [...state.nodes.values()].filter(({ id }) => allows(want, id));
  return nodes.every(({ info }) => info.load.memoryFreeBytes < memory);
}
