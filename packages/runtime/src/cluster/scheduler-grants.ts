/** Gives wants their leases: a free lane that was chosen for one, or an I/O server. Pure. */
import { TAB_SERVERS_LIMIT } from "../defaults.ts";
import { type SchedulerAction } from "./scheduler-actions.ts";
import { addLease, nextLeaseId } from "./scheduler-leases.ts";
import { placeNode, setStuck } from "./scheduler-orders.ts";
import { isPicky, pickIoNode } from "./scheduler-pick.ts";
import { type LaneRecord, type LeaseRecord, type NodeRecord, type WantRecord } from "./scheduler-records.ts";
import { type SchedulerState } from "./scheduler-book.ts";
import { showState } from "./scheduler-show.ts";

/** I/O servers of a node are numbered round and round; far more numbers than servers. */
const IO_NUMBERS = 10_000;
/** The lane is out of its node's list of free ones. */
export function grantLane(
  state: SchedulerState,
  want: WantRecord,
  lane: LaneRecord,
  nowMs: number,
  out: SchedulerAction[],
): void {
  const lease = newLease(state, want, lane.node, lane.server, nowMs);
  addLease(state, lease, lane);
  placeNode(state, lane.node);
  assign(lease, out);
  showState(want.job, out);
}

/** One I/O server a job and node, on the node that runs fewest for its size; whether there is such a node. */
export function grantIo(state: SchedulerState, want: WantRecord, nowMs: number, out: SchedulerAction[]): boolean {
  const node = pickIoNode(state, want, nowMs);
  if (node === undefined) {
    if (isPicky(want)) setStuck(state, want);
    return false;
  }
  const lease = newLease(state, want, node, nextIoServer(node), nowMs);
  addLease(state, lease, undefined);
  placeNode(state, node);
  assign(lease, out);
  showState(want.job, out);
  return true;
}

function newLease(
  state: SchedulerState,
  want: WantRecord,
  node: NodeRecord,
  server: number,
  nowMs: number,
): LeaseRecord {
  const { job, kind } = want;
  const id = nextLeaseId(state);
  return { id, kind, job, want, node, server, state: "assigning", grantedMs: nowMs, sinceMs: nowMs };
}

function nextIoServer(node: NodeRecord): number {
  for (;;) {
    node.ioSerial = (node.ioSerial % IO_NUMBERS) + 1;
    // The CPU servers of a tab may become more.
    const first = node.info.kind === "tab" ? TAB_SERVERS_LIMIT : node.lanes.length;
    const server = first + node.ioSerial;
    if (!node.io.has(server)) return server;
  }
}

function assign(lease: LeaseRecord, out: SchedulerAction[]): void {
  const { id, kind, job, node, server } = lease;
  out.push({ type: "assign", lease: id, kind, job: job.id, client: job.client, node: node.id, server });
}
