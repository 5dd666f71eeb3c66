/** How many CPU servers each job deserves by its weight: whole ones it has for sure, of the rest it has its turns. Pure. */
import { place } from "./scheduler-orders.ts";
import { type JobRecord } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";

/** Among more jobs than that, what a new one deserves is known from the next tick on. */
export const DESERVE_AT_ONCE = 256;
/** What sums of weights lose. */
const EPSILON = 1e-9;

interface Asking {
  readonly job: JobRecord;
  readonly slots: number;
}

/** Shares the servers that are here among the jobs that can use them, the most important first. Takes O(n log n). */
export function deserve(state: SchedulerState): void {
  const asking: Asking[] = [];
  for (const job of state.jobs.values()) {
    const slots = job.shut ? 0 : job.sums.slots;
    if (slots > 0) asking.push({ job, slots });
    else give(state, job, 0);
  }
  // Those that need least for their weight are served in full; what they leave is for the others.
  asking.sort((a, b) => b.job.priority - a.job.priority || a.slots / a.job.weight - b.slots / b.job.weight);
  let left = (state.lanesHere ??= lanesHere(state));
  for (let from = 0; from < asking.length;) {
    const { priority } = asking[from]?.job ?? { priority: 0 };
    let to = from;
    let weights = 0;
    for (let next = asking[to]; next?.job.priority === priority; next = asking[to]) {
      weights += next.job.weight;
      to += 1;
    }
    for (const { job, slots } of asking.slice(from, to)) {
      const lanes = Math.min(slots, (left * job.weight) / weights);
      left -= lanes;
      weights -= job.weight;
      give(state, job, lanes);
    }
    from = to;
  }
}

function give(state: SchedulerState, job: JobRecord, lanes: number): void {
  const sure = Math.floor(lanes + EPSILON);
  const most = Math.ceil(lanes - EPSILON);
  if (job.sureLanes === sure && job.mostLanes === most) return;
  job.sureLanes = sure;
  job.mostLanes = most;
  place(state, job);
}

function lanesHere({ nodes }: SchedulerState): number {
  let lanes = 0;
  for (const node of nodes.values()) {
    if (node.away === undefined && node.hold === undefined) lanes += node.lanes.length;
  }
  return lanes;
}
