/** The orders in which a job's own wants stand. Pure. */
import { IndexedHeap } from "./indexed-heap.ts";
import { NodeIndex } from "./node-index.ts";
import { type JobRecord, type WantRecord } from "./scheduler-records.ts";
import { spareOf } from "./scheduler-orders.ts";

/** Those of a job that has no wants yet. */
export function newOrders(): Pick<JobRecord, "waiting" | "asking" | "givers" | "stuck" | "due" | "ioAt" | "ioDue"> {
  return {
    waiting: new IndexedHeap<WantRecord>(0, waitsBefore),
    asking: new IndexedHeap<WantRecord>(1, choosesBefore),
    givers: new IndexedHeap<WantRecord>(2, givesBefore),
    stuck: new Set(),
    due: new Set(),
    ioAt: new NodeIndex(),
    ioDue: new Set(),
  };
}

/** Who runs alone has nobody to compete with: first come, first served. */
function waitsBefore(a: WantRecord, b: WantRecord): boolean {
  return a.job.alone ? a.serial < b.serial : choosesBefore(a, b);
}

/** Who is content with few places chooses first. */
function choosesBefore(a: WantRecord, b: WantRecord): boolean {
  const picky = Number(b.place !== undefined) - Number(a.place !== undefined);
  return picky === 0 ? a.n < b.n : picky < 0;
}

/** The want that is most likely to give one up: which one it is, the client decides. */
function givesBefore(a: WantRecord, b: WantRecord): boolean {
  const difference = spareOf(a) - spareOf(b);
  return difference === 0 ? a.serial < b.serial : difference > 0;
}
