/** Chooses where a job's next server is: the least loaded node that what it wants allows, and a lane there. Pure. */
import { IO_SERVERS_LIMIT, MEMORY_SETTLE_MS } from "../defaults.ts";
import { type NodeId, serverId } from "../ids.ts";
import { type IndexedHeap } from "./indexed-heap.ts";
import { mayUseNode, mayUseServer } from "./job-places.ts";
import { lessIoLoaded, lessLoaded } from "./placement.ts";
import {
  type JobRecord,
  type LaneRecord,
  type LeaseRecord,
  type NodeRecord,
  type WantRecord,
} from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";

/** Whether only some nodes will do: then the search, when it finds none, waits until one of them has room. */
export const isPicky = ({ place }: WantRecord): boolean =>
  place !== undefined && (place.nodes !== undefined || place.memoryBytes !== undefined);

/** Takes a free lane for a CPU want out of its node's list. Takes O(log n) for each node passed over. */
export function takeLane(state: SchedulerState, want: WantRecord, nowMs: number): LaneRecord | undefined {
  const { job } = want;
  const node = pick(state, state.freeNodes, lessLoaded, want, nowMs);
  if (node === undefined) return undefined;
  if (want.place?.server === undefined && job.places.everywhere) return node.free.pop();
  const at = node.free.findLastIndex((lane) => fits(want, lane));
  const [lane] = at < 0 ? [] : node.free.splice(at, 1);
  return lane;
}

/** The node for an I/O want: the one that runs fewest for its size. */
export function pickIoNode(state: SchedulerState, want: WantRecord, nowMs: number): NodeRecord | undefined {
  return pick(state, state.ioNodes, lessIoLoaded, want, nowMs);
}

/** Whether the want may have a server of the node now, were one free. */
export function mayHave(want: WantRecord, node: NodeRecord, nowMs: number): boolean {
  const { job, place, kind } = want;
  if (kind === "io" && job.io.has(node.id)) return false;
  if (node.away !== undefined || node.hold !== undefined || node.suspected) return false;
  if ((job.avoids.get(node.id) ?? 0) > nowMs || !mayUseNode(job.places, node.id, kind)) return false;
  if (!isMeant(want, node)) return false;
  if (place === undefined) return true;
  const { nodes, memoryBytes } = place;
  if (nodes !== undefined) {
    const limit = nodes.get(node.id) ?? 0;
    if (limit === 0 || (kind === "cpu" && (job.perNode?.get(node.id) ?? 0) >= limit)) return false;
  }
  return memoryBytes === undefined || memoryLeft(node, nowMs) >= memoryBytes;
}

/** Whether something at the node would do for the want, were it free and had it the memory. */
export function couldUse(want: WantRecord, node: NodeRecord): boolean {
  const { job, kind } = want;
  if (node.away !== undefined || node.hold !== undefined || node.suspected) return false;
  if (!isMeant(want, node) || !allows(want, node.id) || !mayUseNode(job.places, node.id, kind)) return false;
  return kind === "io" || node.lanes.some((lane) => lane.hold === undefined && fits(want, lane));
}

/** Whether the want may have this lane, of a node that it may use. */
export function fits({ place, job }: WantRecord, { server, node }: LaneRecord): boolean {
  if (place?.server !== undefined && place.server !== server) return false;
  return job.places.everywhere || mayUseServer(job.places, serverId(node.id, server));
}

/** How many I/O servers of the job the want can use, counted up to `most`: one that needs memory, those given for it. */
export function ioServersOf(job: JobRecord, want: WantRecord, most: number): number {
  const own = want.place?.memoryBytes !== undefined;
  const named = want.place?.nodes;
  const nodes = named !== undefined && named.size < job.io.size ? named.keys() : job.io.keys();
  let count = 0;
  for (const node of nodes) {
    const lease = job.io.get(node);
    if (lease === undefined || lease.reclaimed !== undefined || !isMeant(want, lease.node)) continue;
    if (allows(want, node) && (!own || lease.want === want)) count += 1;
    if (count >= most) break;
  }
  return count;
}

/** Whether a lease of the job may serve its want number `n` from now on: its node has the memory for it. */
export function mayClaim(
  { job, want: present, node, kind, reclaimed }: LeaseRecord,
  n: number,
  nowMs: number,
): boolean {
  const want = job.cpu.get(n) ?? job.ioWants.get(n);
  if (want === undefined || want.kind !== kind || reclaimed !== undefined) return false;
  if (want === present) return true;
  return allows(want, node.id) && memoryLeft(node, nowMs) >= (want.place?.memoryBytes ?? 0);
}

/** I/O tasks run at tabs only where their client has said so, by the nodes that will do. */
const isMeant = ({ kind, place }: WantRecord, { info }: NodeRecord): boolean =>
  kind === "cpu" || info.kind !== "tab" || place?.nodes !== undefined;

/** Whether the want's place has this node. */
export function allows({ place }: WantRecord, node: NodeId): boolean {
  return place?.nodes === undefined || (place.nodes.get(node) ?? 0) > 0;
}

/**
 * What tasks that need a known amount can have there: what was free at the last report, less what those need that came
 * so lately that it may not show yet.
 */
function memoryLeft(node: NodeRecord, nowMs: number): number {
  let left = node.info.load.memoryFreeBytes;
  const take = ({ grantedMs, movedMs = grantedMs, want }: LeaseRecord): void => {
    if (nowMs - movedMs < MEMORY_SETTLE_MS) left -= want.place?.memoryBytes ?? 0;
  };
  for (const { lease } of node.lanes) if (lease !== undefined) take(lease);
  for (const lease of node.io.values()) take(lease);
  return left;
}

function pick(
  state: SchedulerState,
  heap: IndexedHeap<NodeRecord>,
  before: (a: NodeRecord, b: NodeRecord) => boolean,
  want: WantRecord,
  nowMs: number,
): NodeRecord | undefined {
  const { job, place, kind } = want;
  if (place === undefined && job.avoids.size === 0 && job.places.everywhere) {
    const first = heap.peek();
    if (first === undefined || (isMeant(want, first) && (kind === "cpu" || !job.io.has(first.id)))) return first;
  }
  const hasRoom = (node: NodeRecord): boolean =>
    kind === "cpu" ? node.free.some((lane) => fits(want, lane)) : node.io.size < IO_SERVERS_LIMIT;
  const test = (node: NodeRecord): boolean => mayHave(want, node, nowMs) && hasRoom(node);
  const nodes = place?.nodes;
  // Few of many: each is looked at; else the heap, from its front.
  if (nodes === undefined || nodes.size * nodes.size > heap.size) return heap.first(test);
  let best: NodeRecord | undefined;
  for (const id of nodes.keys()) {
    const node = state.nodes.get(id);
    if (node === undefined || !heap.has(node) || !test(node)) continue;
    if (best === undefined || before(node, best)) best = node;
  }
  return best;
}
