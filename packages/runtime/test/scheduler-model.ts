/** A cluster for tests of the scheduler's core, in which everybody does what the scheduler asks when the test lets it. */
import { expect } from "vitest";
import { type NodeInfo } from "../src/cluster/contracts.ts";
import { type ClusterEventBody, NO_COUNTERS } from "../src/cluster/events.ts";
import { type SchedulerAction } from "../src/cluster/scheduler-actions.ts";
import { laneKey, slotsOf } from "../src/cluster/scheduler-leases.ts";
import { allows, fits, mayHave } from "../src/cluster/scheduler-pick.ts";
import {
  createSchedulerState,
  type LaneReport,
  type SchedulerEvent,
  type SchedulerState,
  type WantDemand,
  type WantRecord,
} from "../src/cluster/scheduler-records.ts";
import { demandOf } from "../src/cluster/scheduler-show.ts";
import { decide } from "../src/cluster/scheduler-state.ts";
import { type JobId, type LeaseId, type NodeId } from "../src/ids.ts";

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

export function receiver(action: SchedulerAction | undefined): string {
  if (action === undefined || action.type === "event") return "";
  if (action.type === "assign") return action.node;
  return "client" in action ? action.client : action.node;
}

/** A cluster in which everybody does what the scheduler asks, when the test lets it. */
export class Model {
  state: SchedulerState = createSchedulerState(1);
  now = 0;
  pending: SchedulerAction[] = [];
  /** Leases each client believes it holds. */
  held = new Map<JobId, Held[]>();
  owed = new Map<JobId, number>();
  /** What each node's lanes run: a lease, nothing (ready), or "recycling". */
  lanes = new Map<NodeId, Map<number, LeaseId | "ready" | "recycling">>();
  events: ClusterEventBody[] = [];
  /** Look at everything after each step. */
  checked = true;

  tell(event: SchedulerEvent): void {
    for (const action of decide(this.state, event, this.now)) {
      if (action.type === "event") this.events.push(action.event);
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
    const seen = new Set<string>();
    const promised = new Map<WantRecord, number>();
    const promise = (want: WantRecord): void => void promised.set(want, (promised.get(want) ?? 0) + 1);
    for (const node of this.state.nodes.values()) {
      let leased = 0;
      for (const lane of node.lanes) {
        same(lane.lease !== undefined, lane.state === "leased");
        same(node.free.includes(lane), lane.state === "free");
        if (lane.lease !== undefined) leased += 1;
        if (lane.promisedTo !== undefined) promise(lane.promisedTo);
      }
      same(node.leased, leased);
    }
    let [cpuHeld, cpuAway] = [0, 0];
    for (const lease of this.state.leases.values()) {
      const place = `${lease.node.id}/${lease.server}`;
      same(seen.has(place), false);
      seen.add(place);
      same(this.state.nodes.get(lease.node.id), lease.node);
      same(this.state.jobs.get(lease.job.id), lease.job);
      if (lease.kind === "cpu") cpuHeld += 1;
      if (lease.kind === "cpu" && lease.node.away !== undefined) cpuAway += 1;
      if (lease.askedBy !== undefined) promise(lease.askedBy);
    }
    same(this.state.cpuHeld, cpuHeld);
    same(this.state.cpuAway, cpuAway);
    for (const job of this.state.jobs.values()) for (const { by } of job.askedFor) promise(by);
    for (const job of this.state.jobs.values()) {
      const cpu = [...job.leases].filter((lease) => lease.kind === "cpu");
      same(cpu.length, job.held);
      same(cpu.filter(({ node }) => node.away !== undefined).length, job.heldAway);
      same(cpu.filter((lease) => lease.reclaimed !== undefined).length, job.reclaimed);
      expect(job.askedFor.length + job.reclaimed).toBeLessThanOrEqual(job.held);
      for (const want of [...job.cpu, ...job.ioWants]) this.#checkWant(want, promised.get(want) ?? 0);
      if (job.perNode !== undefined) {
        for (const [node, count] of job.perNode) same(cpu.filter((lease) => lease.node.id === node).length, count);
      }
    }
    if (this.state.alone === undefined) return;
    // While others still give back what is here, who runs alone has nothing new.
    const { alone } = this.state;
    for (const lease of this.state.leases.values()) {
      const isHere = lease.node.away === undefined;
      if (lease.state === "assigning" && lease.kind === "cpu" && lease.job !== alone && isHere) {
        expect(lease.job.askedFor.length + lease.job.reclaimed).toBeGreaterThan(0);
      }
    }
  }

  #checkWant(want: WantRecord, promised: number): void {
    const { job, kind } = want;
    const own = [...job.leases].filter((lease) => lease.want === want);
    same(own.length, want.held);
    same(want.promised, promised);
    for (const lease of own) {
      same(lease.kind, kind);
    }
    if (kind === "io") return;
    const { reclaimed, askedFor } = job;
    same(
      job.cpu.reduce((sum, { asked }) => sum + asked, 0),
      reclaimed + askedFor.length,
    );
    const wants = want.held - want.asked < slotsOf(this.state, want);
    same(this.state.waiting.has(want), wants && !want.stuck);
    same(this.state.stuck.has(want), want.stuck);
    const avoided = [...job.avoids.values()].some((until) => until > this.now);
    const free = want.place === undefined && !avoided && (this.state.alone ?? job) === job;
    if (wants && free && this.state.alone === undefined) same(this.state.freeNodes.size, 0);
  }

  /** Nothing that the want may have is free while it waits. */
  #checkPlaced(want: WantRecord): void {
    const { job, kind } = want;
    if (this.state.alone !== undefined && this.state.alone !== job) return;
    if (kind === "io") {
      const served = Array.from(job.io.keys()).some((node) => allows(want, node));
      if (slotsOf(this.state, want) === 0 || served) return;
      for (const node of this.state.nodes.values()) same(mayHave(want, node, this.now), false);
      return;
    }
    if (want.held >= slotsOf(this.state, want)) return;
    for (const node of this.state.nodes.values()) {
      const free = mayHave(want, node, this.now) && node.free.some((lane) => fits(want, lane));
      same(free, false);
    }
  }

  /** Nobody who could use more has less for its weight than another, no more important, would after giving one up. */
  checkFair(): void {
    const jobs = [...this.state.jobs.values()];
    for (const job of jobs) {
      same(job.askedFor.length, 0);
      for (const want of job.cpu) same(want.promised, 0);
      expect((this.held.get(job.id) ?? []).map((held) => held.lease).toSorted()).toEqual(
        [...job.leases].map((lease) => lease.id).toSorted(),
      );
      for (const want of [...job.cpu, ...job.ioWants]) this.#checkPlaced(want);
      const demand = demandOf(job);
      if (job.held >= demand || this.state.alone !== undefined || job.exclusive) continue;
      const picky = [job, ...jobs].some(({ cpu }) => cpu.some(({ place }) => place !== undefined));
      if (picky) continue;
      for (const other of jobs) {
        expect(other.held).toBeLessThanOrEqual(demandOf(other));
        if (other === job || other.priority > job.priority) continue;
        if (other.priority < job.priority) same(other.held, 0);
        else expect(laneKey(other, other.held)).toBeLessThanOrEqual(laneKey(job, job.held + 1));
      }
    }
  }
}

/** As `expect(a).toBe(b)`, which is slow where it is called for everything after each step. */
function same(a: unknown, b: unknown): void {
  if (a !== b) expect(a).toBe(b);
}
