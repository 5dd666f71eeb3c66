/** Decides which node gets the next server: the least loaded one that the job has not found unreachable. Pure. */
import { type NodeId } from "../ids.ts";
import { type IndexedHeap } from "./indexed-heap.ts";
import { type NodeRecord } from "./scheduler-records.ts";

/** Whether `a` is to be used before `b`: the smaller share of its servers is taken; then the one that joined first. */
export function lessLoaded(a: NodeRecord, b: NodeRecord): boolean {
  const difference = a.leased * b.lanes.length - b.leased * a.lanes.length;
  return difference === 0 ? a.serial < b.serial : difference < 0;
}

/** Whether `a` is to run the next I/O server before `b`: it runs fewer for its size; then the one that joined first. */
export function lessIoLoaded(a: NodeRecord, b: NodeRecord): boolean {
  const difference = a.io.size * b.lanes.length - b.io.size * a.lanes.length;
  return difference === 0 ? a.serial < b.serial : difference < 0;
}

/** The first node of `nodes` that is not in `avoids` (until when, by node). Takes O(log n) for each node passed over. */
export function pickNode(
  nodes: IndexedHeap<NodeRecord>,
  avoids: ReadonlyMap<NodeId, number>,
  nowMs: number,
): NodeRecord | undefined {
  if (avoids.size === 0) return nodes.peek();
  const passed: NodeRecord[] = [];
  let found = nodes.peek();
  while (found !== undefined && (avoids.get(found.id) ?? 0) > nowMs) {
    passed.push(found);
    nodes.remove(found);
    found = nodes.peek();
  }
  for (const node of passed) nodes.place(node);
  return found;
}
