/** A cluster for tests of the scheduler's core, in which everybody does what the scheduler asks when the test lets it. */
import { expect } from "vitest";
import { type NodeInfo } from "../src/cluster/contracts.ts";
import { type ClusterEventBody, NO_COUNTERS } from "../src/cluster/events.ts";
import { type SchedulerAction } from "../src/cluster/scheduler-actions.ts";
import { createSchedulerState, type SchedulerState } from "../src/cluster/scheduler-book.ts";
import { type LaneReport, type SchedulerEvent, type WantDemand } from "../src/cluster/scheduler-events.ts";
import { decide } from "../src/cluster/scheduler-state.ts";
import { type JobId, type LeaseId, type NodeId } from "../src/ids.ts";
import { checkBook, checkShares } from "./scheduler-checks.ts";

export const nodeId = (n: number): NodeId => `node${n}` as NodeId;
export const jobId = (n: number): JobId => `j_${String(n).padStart(26, "0")}` as JobId;

export function nodeInfo(n: number, servers: number, more: Partial<NodeInfo> = {}): NodeInfo {
  return {
    id: nodeId(n),
    name: `node ${n}`,
    location: { peer: nodeId(n), addresses: [] },
    platform: "linux-x64",
    servers,
    kind: "node",
    isolation: "trusted",
    allow: {},
    labels: {},
    load: { cpuIdleShare: 1, memoryFreeBytes: 0, swapFreeBytes: 0, diskFreeBytes: 0 },
    ...more,
  };
}

export interface Held {
  readonly lease: LeaseId;
  readonly node: NodeId;
  readonly server: number;
  readonly kind: "cpu" | "io";
}

/** For somebody. */
type Pending = Exclude<SchedulerAction, { readonly type: "event" | "keep" }>;

export function receiver(action: Pending | undefined): string {
  if (action === undefined) return "";
  if (action.type === "assign") return action.node;
  return "client" in action ? action.client : action.node;
}

/** A cluster in which everybody does what the scheduler asks, when the test lets it. */
export class Model {
  state: SchedulerState = createSchedulerState(1);
  now = 0;
  pending: Pending[] = [];
  /** Leases each client believes it holds. */
  held = new Map<JobId, Held[]>();
  owed = new Map<JobId, number>();
  /** What each node's lanes run: a lease, nothing (ready), or "recycling". */
  lanes = new Map<NodeId, Map<number, LeaseId | "ready" | "recycling">>();
  events: ClusterEventBody[] = [];
  /** How often what is ordered was to be kept. */
  keeps = 0;
  /** Look at everything after each step. */
  checked = true;

  tell(event: SchedulerEvent): void {
    for (const action of decide(this.state, event, this.now)) {
      if (action.type === "event") this.events.push(action.event);
      else if (action.type === "keep") this.keeps += 1;
      else this.pending.push(action);
    }
    if (this.checked) this.check();
  }

  join(n: number, servers: number, reports?: LaneReport[], more?: Partial<NodeInfo>): void {
    const id = nodeId(n);
    this.lanes.set(id, new Map(Array.from({ length: servers }, (_, i) => [i + 1, "ready"])));
    const lanes =
      reports ?? Array.from({ length: servers }, (_, i) => ({ server: i + 1, kind: "cpu", state: "ready" }) as const);
    this.tell({ type: "node.joined", node: nodeInfo(n, servers, more), lanes });
  }

  /** The node joins again with what it runs. */
  rejoin(n: number, servers: number): void {
    const reports: LaneReport[] = [];
    for (const [server, runs] of this.lanes.get(nodeId(n)) ?? []) {
      const kind = server > servers ? "io" : "cpu";
      const lease = this.state.leases.get(runs as LeaseId);
      const known = lease === undefined ? { id: jobId(0), client: "nobody/0" } : lease.job;
      if (runs === "ready" || runs === "recycling") {
        if (kind === "cpu") reports.push({ server, kind, state: runs === "ready" ? "ready" : "starting" });
      } else {
        reports.push({ server, kind, state: "assigned", lease: { id: runs, job: known.id, client: known.client } });
      }
    }
    this.tell({ type: "node.joined", node: nodeInfo(n, servers), lanes: reports });
  }

  /** Time passes, and everybody does what that brings about. */
  pass(ms: number): void {
    this.now += ms;
    this.tell({ type: "tick" });
    this.drain();
  }

  open(n: number, weight = 1, more: Partial<Extract<SchedulerEvent, { readonly type: "job.opened" }>> = {}): void {
    const job = jobId(n);
    this.held.set(job, []);
    this.owed.set(job, 0);
    const words = { type: "job.opened", job, name: `job ${n}`, client: `client${n}/0`, weight } as const;
    this.tell({ ...words, counters: NO_COUNTERS, leases: [], ...more });
  }

  demand(n: number, slots: number, io = false): void {
    this.wants(n, [
      { want: 0, slots },
      { want: 1, slots: io ? 1 : 0 },
    ]);
  }

  wants(n: number, wants: readonly WantDemand[]): void {
    this.tell({ type: "job.demand", job: jobId(n), wants });
  }

  release(job: JobId): void {
    const mine = this.held.get(job) ?? [];
    const at = mine.findIndex((held) => held.kind === "cpu");
    const [given] = at < 0 ? [] : mine.splice(at, 1);
    if (given === undefined) return;
    this.tell({ type: "lease.released", lease: given.lease, unreachable: false });
  }

  /** Performs the first action for whom the action at `index` of those that wait is: order holds to one receiver. */
  perform(index: number): void {
    const to = receiver(this.pending[index]);
    const [action] = this.pending.splice(
      this.pending.findIndex((pending) => receiver(pending) === to),
      1,
    );
    if (action === undefined) return;
    switch (action.type) {
      case "assign": {
        const lanes = this.lanes.get(action.node);
        const present = lanes?.get(action.server);
        if (lanes === undefined || (action.kind === "cpu" && present !== "ready")) {
          this.tell({
            type: "lease.refused",
            lease: action.lease,
            error: { code: "SERVER_LOST", message: "not ready" },
          });
          return;
        }
        lanes.set(action.server, action.lease);
        this.tell({ type: "lease.assigned", lease: action.lease });
        return;
      }
      case "grant": {
        const mine = this.held.get(action.job);
        if (mine === undefined) return;
        mine.push({ lease: action.lease, node: action.node, server: action.server, kind: action.kind });
        this.payBack(action.job);
        return;
      }
      case "reclaim": {
        const mine = this.held.get(action.job);
        const at = mine?.findIndex((held) => held.lease === action.lease) ?? -1;
        if (mine === undefined || at < 0) return;
        mine.splice(at, 1);
        this.tell({ type: "lease.released", lease: action.lease, unreachable: false });
        return;
      }
      case "revoke":
        this.owed.set(action.job, (this.owed.get(action.job) ?? 0) + 1);
        this.payBack(action.job);
        return;
      case "unassign": {
        const lanes = this.lanes.get(action.node);
        if (lanes === undefined) return;
        lanes.set(action.server, "recycling");
        this.ready(action.node, action.server);
        return;
      }
      case "lost": {
        const mine = this.held.get(action.job);
        if (mine !== undefined)
          this.held.set(
            action.job,
            mine.filter((held) => held.lease !== action.lease),
          );
        return;
      }
      default:
    }
  }

  ready(node: NodeId, server: number): void {
    const lanes = this.lanes.get(node);
    if (lanes?.get(server) !== "recycling") return;
    lanes.set(server, "ready");
    this.tell({ type: "server.ready", node, server });
  }

  payBack(job: JobId): void {
    while ((this.owed.get(job) ?? 0) > 0 && this.held.get(job)?.some((held) => held.kind === "cpu")) {
      this.owed.set(job, (this.owed.get(job) ?? 0) - 1);
      this.release(job);
    }
  }

  /** Everybody does what is asked until nothing is left. */
  drain(): void {
    for (let i = 0; this.pending.length > 0; i += 1) {
      if (i > 10_000) throw new Error("the scheduler never comes to rest");
      this.perform(0);
    }
  }

  heldOf(n: number): number {
    return this.state.jobs.get(jobId(n))?.held ?? 0;
  }

  /** CPU servers the job has of each node, by the node's number. */
  placesOf(n: number): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { kind, node } of this.state.jobs.get(jobId(n))?.leases ?? []) {
      if (kind === "cpu") counts[node.id] = (counts[node.id] ?? 0) + 1;
    }
    return counts;
  }

  check(): void {
    checkBook(this.state, this.now);
  }

  /** At rest: nobody who could use more has less for its weight than another, no more important, would after giving one up. */
  checkFair(): void {
    for (const job of this.state.jobs.values()) {
      expect((this.held.get(job.id) ?? []).map((held) => held.lease).toSorted()).toEqual(
        [...job.leases].map((lease) => lease.id).toSorted(),
      );
    }
    checkShares(this.state, this.now);
  }
}
