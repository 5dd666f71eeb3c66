/** Which of two nodes gets the next server: the less loaded one. Pure. */
import { type NodeRecord } from "./scheduler-records.ts";

/** Steps in which the idle share of a machine's CPU is compared: one that others keep busy comes later. */
const IDLE_STEPS = 4;

/**
 * Whether `a` is to be used before `b`: the smaller share of its servers is taken; then the one whose CPU is clearly less
 * busy; then the one that joined first.
 */
export function lessLoaded(a: NodeRecord, b: NodeRecord): boolean {
  const difference = a.leased * b.lanes.length - b.leased * a.lanes.length;
  if (difference !== 0) return difference < 0;
  const idle = idleSteps(a) - idleSteps(b);
  return idle === 0 ? a.serial < b.serial : idle > 0;
}

/**
 * Whether `a` is to run the next I/O server before `b`: it runs fewer for its size, where a tab without workers counts as
 * one with one; then the one that joined first.
 */
export function lessIoLoaded(a: NodeRecord, b: NodeRecord): boolean {
  const difference = a.io.size * sizeOf(b) - b.io.size * sizeOf(a);
  return difference === 0 ? a.serial < b.serial : difference < 0;
}

/** 0 to {@link IDLE_STEPS}: how idle the machine is. A change moves the node in the heaps. */
export const idleSteps = ({ info }: NodeRecord): number => Math.round(info.load.cpuIdleShare * IDLE_STEPS);

const sizeOf = ({ lanes }: NodeRecord): number => Math.max(1, lanes.length);
