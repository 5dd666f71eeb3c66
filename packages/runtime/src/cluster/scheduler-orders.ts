/** Keeps jobs, wants and nodes at their places in the scheduler's orders: O(log n) for what has changed. Pure. */
import { IO_SERVERS_LIMIT } from "../defaults.ts";
import { isNarrow } from "./node-index.ts";
import { ioServersOf } from "./scheduler-pick.ts";
import { heldHere, type JobRecord, type NodeRecord, type WantRecord } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";

/** More than lanes there can be for a weight. */
const SURE = 1e9;

/** Puts the job at its place among the others; call it whenever its numbers, or those of a want of it, have changed. */
export function place(state: SchedulerState, job: JobRecord): void {
  if (job.state === "closed") return;
  const { sums } = job;
  const kept = Math.max(0, heldHere(job) - job.askedFor.length - job.reclaimed);
  job.nextKey = laneKey(job, kept + 1);
  job.askKey = laneKey(job, kept + sums.promised + 1);
  job.holdKey = laneKey(job, kept);
  job.surplus = Math.min(job.shut ? sums.kept : sums.spare, kept);
  seat(state, job);
  if (job.surplus > 0) state.surplus.place(job);
  else state.surplus.remove(job);
  if (kept > 0) state.holders.place(job);
  else state.holders.remove(job);
}

/** Counts the want's numbers in its job's, and puts it at its place among that one's; the job is to be placed then. */
export function placeWant(want: WantRecord): void {
  const { job, held, asked } = want;
  tally(want);
  if (!isUsed(want)) job.due.add(want);
  if (want.kind === "io") {
    job.ioDue.add(want);
    return;
  }
  const missing = slotsOf(want) - held + asked;
  if (missing > 0 && !want.stuck) job.waiting.place(want);
  else job.waiting.remove(want);
  if (missing > want.promised && !want.unheard) job.asking.place(want);
  else job.asking.remove(want);
  if (held > asked) job.givers.place(want);
  else job.givers.remove(want);
}

/** Puts the job and all its wants at their places, after what it may have has changed. Takes O(n log n) for n wants. */
export function placeAll(state: SchedulerState, job: JobRecord): void {
  reopen(state, job);
  for (const want of job.cpu.values()) placeWant(want);
  place(state, job);
  placeIo(state, job);
}

/** Looks again at whether the job wants anything now; it must be placed, with all its wants, afterwards. */
export function reopen(state: SchedulerState, job: JobRecord): void {
  const heaps = [job.waiting, job.asking, job.givers];
  // The order among them changes for all at once.
  for (const want of job.cpu.values()) for (const heap of heaps) heap.remove(want);
  job.alone = state.alone === job;
  job.shut = job.muted || job.places.paused || (job.exclusive && !job.alone);
  for (const want of job.ioWants.values()) job.ioDue.add(want);
}

/**
 * Orders the lanes that jobs have or could have, by what they are to the job. First come those that it deserves for sure;
 * 0 are those that go round, among them everybody's first, however light it is: who has had least time has them next.
 */
export function laneKey({ weight, sureLanes, mostLanes }: JobRecord, lane: number): number {
  const key = lane / weight;
  if (lane <= sureLanes) return key - SURE;
  return lane <= mostLanes || lane <= 1 ? 0 : key;
}

/** Counts the lease time that the job has had; it must be placed afterwards. */
export function count(job: JobRecord, nowMs: number): void {
  job.servedMs += job.held * (nowMs - job.countedMs);
  job.countedMs = nowMs;
}

/** How many servers the want is to have now. */
export const slotsOf = ({ job, slots }: WantRecord): number => (job.shut ? 0 : slots);

/** How many servers the want has that it does not need. */
export const spareOf = (want: WantRecord): number => want.held - want.asked - slotsOf(want);

/** Whether anything is left of the want. */
export const isUsed = ({ slots, held, promised, asked }: WantRecord): boolean =>
  slots > 0 || held > 0 || promised > 0 || asked > 0;

/** Puts those of the job's I/O wants of which something has changed among those that wait, if they have too few servers. */
export function placeIo(state: SchedulerState, { ioDue }: JobRecord): void {
  if (ioDue.size === 0) return;
  for (const want of inOrder(ioDue)) {
    const slots = slotsOf(want);
    if (!want.stuck && slots > 0 && ioServersOf(want.job, want, slots) < slots) state.ioWaiting.add(want);
    else state.ioWaiting.delete(want);
  }
  ioDue.clear();
}

/** The job has an I/O server at the node, or has none there any more; placeIo() follows. */
export function ioChanged(job: JobRecord, { id }: NodeRecord): void {
  for (const want of job.ioAt.at(id)) job.ioDue.add(want);
}

/** Nothing there is will do for the want: it is not looked at again before some node that it allows has room. */
export function setStuck(state: SchedulerState, want: WantRecord): void {
  const { job } = want;
  want.stuck = true;
  state.stuck.add(want);
  job.stuck.add(want);
  if (want.kind === "io") state.ioWaiting.delete(want);
  else stopWaiting(state, want);
  // Time and reports may change what these find, and not only a node that has room.
  if (want.kind === "io" || !isNarrow(want) || want.place?.memoryBytes !== undefined) job.due.add(want);
}

export function unstick(state: SchedulerState, want: WantRecord): void {
  const { job } = want;
  state.stuck.delete(want);
  job.stuck.delete(want);
  want.stuck = false;
  placeWant(want);
  if (want.kind === "cpu") seat(state, job);
  else placeIo(state, job);
}

/** At the job's next word, its wants that are stuck and could use this node are looked at again. */
export function lookLater(state: SchedulerState, job: JobRecord, node: NodeRecord["id"]): void {
  if (job.stuck.size === 0) return;
  for (const want of state.stuck.at(node)) if (want.job === job) job.due.add(want);
}

/** In the order in which they came to their job. */
export function inOrder(wants: ReadonlySet<WantRecord>): readonly WantRecord[] {
  if (wants.size < 2) return [...wants];
  return [...wants].toSorted((a, b) => a.serial - b.serial);
}

/** Leaves the want out of those that could use a free lane, until it is placed again. */
export function stopWaiting(state: SchedulerState, want: WantRecord): void {
  const { job } = want;
  job.waiting.remove(want);
  if (job.waiting.size === 0) state.waiting.remove(job);
}

/** The want has asked in vain: it asks again at the next tick. */
export function stopAsking(state: SchedulerState, want: WantRecord): void {
  const { job } = want;
  want.unheard = true;
  state.unheard.add(want);
  job.asking.remove(want);
  if (job.asking.size === 0) state.asking.remove(job);
}

/** Puts the node where placement looks for free lanes and for room for I/O servers. */
export function placeNode(state: SchedulerState, node: NodeRecord): void {
  if (node.away !== undefined) return;
  if (node.hold !== undefined || node.suspected) {
    state.freeNodes.remove(node);
    state.ioNodes.remove(node);
    return;
  }
  if (node.free.length > 0) {
    if (!state.freeNodes.has(node)) hasRoom(state, node);
    state.freeNodes.place(node);
  } else state.freeNodes.remove(node);
  if (node.io.size < IO_SERVERS_LIMIT) state.ioNodes.place(node);
  else state.ioNodes.remove(node);
}

/** Whom nothing would do may look at this node again. */
export function hasRoom(state: SchedulerState, node: NodeRecord): void {
  if (state.stuck.size === 0) return;
  for (const want of state.stuck.at(node.id)) unstick(state, want);
}

/** Takes what the want has added to its job's sums out of them. */
export function forgetSums(want: WantRecord): void {
  Object.assign(want, { slots: 0, held: 0, asked: 0, promised: 0 });
  tally(want);
}

/** Among the jobs that wait and ask, the job stands for its first want that does. */
function seat(state: SchedulerState, job: JobRecord): void {
  if (job.waiting.size > 0) state.waiting.place(job);
  else state.waiting.remove(job);
  if (job.asking.size > 0) state.asking.place(job);
  else state.asking.remove(job);
}

function tally({ job, kind, slots, held, asked, promised, counted }: WantRecord): void {
  if (kind === "io") {
    job.ioSlots += slots - counted.slots;
    counted.slots = slots;
    return;
  }
  const { sums } = job;
  const kept = Math.max(0, held - asked);
  const spare = Math.max(0, held - asked - slots);
  sums.slots += slots - counted.slots;
  sums.promised += promised - counted.promised;
  sums.kept += kept - counted.kept;
  sums.spare += spare - counted.spare;
  counted.slots = slots;
  counted.promised = promised;
  counted.kept = kept;
  counted.spare = spare;
}
