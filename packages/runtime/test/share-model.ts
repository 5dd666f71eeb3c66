/** Many jobs on few servers in virtual time: tasks that can't be interrupted, hand-overs that take a while. */
import { type SchedulerAction } from "../src/cluster/scheduler-actions.ts";
import { NO_COUNTERS } from "../src/cluster/events.ts";
import { createSchedulerState, type SchedulerState } from "../src/cluster/scheduler-book.ts";
import { type SchedulerEvent } from "../src/cluster/scheduler-events.ts";
import { decide } from "../src/cluster/scheduler-state.ts";
import { SCHEDULER_TICK_MS } from "../src/defaults.ts";
import { type JobId, type LeaseId } from "../src/ids.ts";
import { jobId, nodeInfo } from "./scheduler-model.ts";

export interface ShareJob {
  readonly weight: number;
  /** How long its next task takes. */
  readonly taskMs: () => number;
  /** From when on it has tasks. Default 0. */
  readonly fromMs?: number;
  /** Servers that it could use. Default 2. */
  readonly slots?: number;
}

export interface ShareOptions {
  readonly servers: number;
  readonly quantumMs: number;
  readonly jobs: readonly ShareJob[];
  readonly forMs: number;
  /** How long a word is on its way, and what else takes time: a fresh process, the job's set-up. */
  readonly handOverMs: () => number;
}

interface Timed {
  readonly atMs: number;
  readonly serial: number;
  readonly act: () => void;
}

/** Runs jobs that always have tasks; gives the server time that each has had. */
export function shareOut({ servers, quantumMs, jobs, forMs, handOverMs }: ShareOptions): readonly number[] {
  const state: SchedulerState = createSchedulerState(1, 0, quantumMs);
  const agenda: Timed[] = [];
  const served = jobs.map(() => 0);
  const numbers = new Map<JobId, number>(jobs.map((_, n) => [jobId(n), n]));
  /** Servers that each client has still to give back, and those that it has, with since when. */
  const owed = jobs.map(() => 0);
  const held = jobs.map(() => new Map<LeaseId, number>());
  let [nowMs, serial] = [0, 0];

  const later = (afterMs: number, act: () => void): void => {
    serial += 1;
    const timed = { atMs: nowMs + afterMs, serial, act };
    let at = agenda.length;
    for (; at > 0; at -= 1) {
      const before = agenda[at - 1];
      if (before !== undefined && before.atMs > timed.atMs) break;
    }
    agenda.splice(at, 0, timed);
  };
  const tell = (event: SchedulerEvent): void => {
    for (const action of decide(state, event, nowMs)) perform(action);
  };
  const giveBack = (n: number, lease: LeaseId): void => {
    served[n] = (served[n] ?? 0) + nowMs - (held[n]?.get(lease) ?? nowMs);
    held[n]?.delete(lease);
    later(handOverMs(), () => tell({ type: "lease.released", lease, unreachable: false }));
  };
  const work = (n: number, lease: LeaseId): void => {
    later(jobs[n]?.taskMs() ?? 0, () => {
      if ((owed[n] ?? 0) === 0) work(n, lease);
      else {
        owed[n] = (owed[n] ?? 0) - 1;
        giveBack(n, lease);
      }
    });
  };
  const perform = (action: SchedulerAction): void => {
    if (action.type === "event") return;
    const n = "job" in action ? (numbers.get(action.job) ?? 0) : 0;
    if (action.type === "assign") {
      later(handOverMs(), () => tell({ type: "lease.assigned", lease: action.lease }));
    } else if (action.type === "grant") {
      later(handOverMs(), () => {
        held[n]?.set(action.lease, nowMs);
        work(n, action.lease);
      });
    } else if (action.type === "revoke") later(handOverMs(), () => (owed[n] = (owed[n] ?? 0) + 1));
    else if (action.type === "unassign") {
      later(handOverMs(), () => tell({ type: "server.ready", node: action.node, server: action.server }));
    }
  };
  const tick = (): void => {
    tell({ type: "tick" });
    later(SCHEDULER_TICK_MS, tick);
  };

  const lanes = Array.from({ length: servers }, (_, i) => ({ server: i + 1, kind: "cpu", state: "ready" }) as const);
  tell({ type: "node.joined", node: nodeInfo(1, servers), lanes });
  for (const [n, { weight, fromMs = 0, slots = 2 }] of jobs.entries()) {
    const words = { type: "job.opened", job: jobId(n), name: "", client: `client${n}/0`, weight } as const;
    tell({ ...words, counters: NO_COUNTERS, leases: [] });
    later(fromMs, () => tell({ type: "job.demand", job: jobId(n), wants: [{ want: 0, slots }] }));
  }
  tick();
  for (let next = agenda.pop(); next !== undefined && next.atMs <= forMs; next = agenda.pop()) {
    nowMs = next.atMs;
    next.act();
  }
  for (const [n, leases] of held.entries()) {
    for (const sinceMs of leases.values()) served[n] = (served[n] ?? 0) + forMs - sinceMs;
  }
  return served;
}
