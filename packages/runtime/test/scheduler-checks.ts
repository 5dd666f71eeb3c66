/** What always holds of the scheduler's core, each of its orders held against all that could be in it. */
import { expect } from "vitest";
import { type SchedulerState } from "../src/cluster/scheduler-book.ts";
import { laneKey, slotsOf, spareOf } from "../src/cluster/scheduler-orders.ts";
import { fits, ioServersOf, mayHave } from "../src/cluster/scheduler-pick.ts";
import { type JobRecord, type WantRecord } from "../src/cluster/scheduler-records.ts";
import { demandOf } from "../src/cluster/scheduler-show.ts";

/** Every lease, lane and want is booked once, and stands where it belongs. */
export function checkBook(state: SchedulerState, nowMs: number): void {
  const seen = new Set<string>();
  const promised = new Map<WantRecord, number>();
  const promise = (want: WantRecord): void => void promised.set(want, (promised.get(want) ?? 0) + 1);
  for (const node of state.nodes.values()) {
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
  for (const lease of state.leases.values()) {
    const place = `${lease.node.id}/${lease.server}`;
    same(seen.has(place), false);
    seen.add(place);
    same(state.nodes.get(lease.node.id), lease.node);
    same(state.jobs.get(lease.job.id), lease.job);
    if (lease.kind === "cpu") cpuHeld += 1;
    if (lease.kind === "cpu" && lease.node.away !== undefined) cpuAway += 1;
    if (lease.askedBy !== undefined) promise(lease.askedBy);
  }
  same(state.cpuHeld, cpuHeld);
  same(state.cpuAway, cpuAway);
  for (const job of state.jobs.values()) for (const { by } of job.askedFor) promise(by);
  for (const job of state.jobs.values()) {
    const cpu = [...job.leases].filter((lease) => lease.kind === "cpu");
    same(cpu.length, job.held);
    same(cpu.filter(({ node }) => node.away !== undefined).length, job.heldAway);
    same(cpu.filter((lease) => lease.reclaimed !== undefined).length, job.reclaimed);
    // What is taken from everybody is asked for by name, whatever was asked before.
    const taken = cpu.filter((lease) => lease.reclaimed !== undefined && lease.askedBy === undefined).length;
    expect(job.askedFor.length + job.reclaimed - taken).toBeLessThanOrEqual(job.held);
    for (const want of wantsOf(job)) checkWant(state, want, promised.get(want) ?? 0, nowMs);
    checkOrders(state, job);
    if (job.perNode !== undefined) {
      for (const [node, count] of job.perNode) same(cpu.filter((lease) => lease.node.id === node).length, count);
    }
  }
  if (state.alone === undefined) return;
  // While others still give back what is here, who runs alone has nothing new.
  for (const lease of state.leases.values()) {
    const isHere = lease.node.away === undefined;
    if (lease.state === "assigning" && lease.kind === "cpu" && lease.job !== state.alone && isHere) {
      expect(lease.job.askedFor.length + lease.job.reclaimed).toBeGreaterThan(0);
    }
  }
}

/** At rest: nobody who could use more has less for its weight than another, no more important, would after giving one up. */
export function checkShares(state: SchedulerState, nowMs: number): void {
  const jobs = [...state.jobs.values()];
  for (const job of jobs) {
    same(job.askedFor.length, 0);
    for (const want of job.cpu.values()) same(want.promised, 0);
    for (const want of wantsOf(job)) checkPlaced(state, want, nowMs);
    const demand = demandOf(job);
    if (job.held >= demand || state.alone !== undefined || job.exclusive) continue;
    const picky = [job, ...jobs].some(({ cpu }) => [...cpu.values()].some(({ place }) => place !== undefined));
    if (picky) continue;
    for (const other of jobs) {
      expect(other.held).toBeLessThanOrEqual(demandOf(other));
      if (other === job || other.priority > job.priority) continue;
      if (other.priority < job.priority) same(other.held, 0);
      else expect(laneKey(other, other.held)).toBeLessThanOrEqual(laneKey(job, job.held + 1));
    }
  }
}

const wantsOf = ({ cpu, ioWants }: JobRecord): readonly WantRecord[] => [...cpu.values(), ...ioWants.values()];

function checkWant(state: SchedulerState, want: WantRecord, promised: number, nowMs: number): void {
  const { job, kind, stuck, held, asked } = want;
  const own = [...job.leases].filter((lease) => lease.want === want);
  same(own.length, held);
  same(want.promised, promised);
  for (const lease of own) same(lease.kind, kind);
  for (const order of [state.stuck, job.stuck]) same(order.has(want), stuck);
  if (kind === "io") {
    const waits = slotsOf(want) > ioServersOf(job, want, Infinity) && !stuck;
    if (!job.ioDue.has(want)) same(state.ioWaiting.has(want), waits);
    return;
  }
  const wants = held - asked < slotsOf(want);
  same(job.waiting.has(want), wants && !stuck);
  same(job.asking.has(want), held - asked + want.promised < slotsOf(want) && !want.unheard);
  same(job.givers.has(want), held > asked);
  const avoided = [...job.avoids.values()].some((until) => until > nowMs);
  const free = want.place === undefined && !avoided && (state.alone ?? job) === job;
  if (wants && free && state.alone === undefined && state.intakeOpen) same(state.freeNodes.size, 0);
}

/** The sums of a job's wants, and who of them comes first. */
function checkOrders(state: SchedulerState, job: JobRecord): void {
  const cpu = [...job.cpu.values()];
  const sum = (count: (want: WantRecord) => number): number => cpu.reduce((all, want) => all + count(want), 0);
  same(
    sum(({ asked }) => asked),
    job.reclaimed + job.askedFor.length,
  );
  const { slots, promised, kept, spare } = job.sums;
  same(
    slots,
    sum((want) => want.slots),
  );
  same(
    promised,
    sum((want) => want.promised),
  );
  same(
    kept,
    sum(({ held, asked }) => Math.max(0, held - asked)),
  );
  same(
    spare,
    sum((want) => Math.max(0, want.held - want.asked - want.slots)),
  );
  same(
    job.ioSlots,
    [...job.ioWants.values()].reduce((all, { slots }) => all + slots, 0),
  );
  same(job.alone, state.alone === job);
  same(job.shut, job.muted || job.places.paused || (job.exclusive && !job.alone));
  same(state.waiting.has(job), job.waiting.size > 0);
  same(state.asking.has(job), job.asking.size > 0);
  const giver = job.givers.peek();
  if (giver === undefined) return;
  const most = cpu.filter((want) => job.givers.has(want)).map(spareOf);
  same(spareOf(giver), Math.max(...most));
}

/** Nothing that the want may have is free while it waits. */
function checkPlaced(state: SchedulerState, want: WantRecord, nowMs: number): void {
  const { job, kind } = want;
  if (!state.intakeOpen || (state.alone !== undefined && state.alone !== job)) return;
  if (kind === "io") {
    if (slotsOf(want) <= ioServersOf(job, want, Infinity)) return;
    for (const node of state.nodes.values()) same(mayHave(want, node, nowMs), false);
    return;
  }
  if (want.held >= slotsOf(want)) return;
  for (const node of state.nodes.values()) {
    const free = mayHave(want, node, nowMs) && node.free.some((lane) => fits(want, lane));
    same(free, false);
  }
}

/** As `expect(a).toBe(b)`, which is slow where it is called for everything after each step. */
function same(a: unknown, b: unknown): void {
  if (a !== b) expect(a).toBe(b);
}
